import { once } from 'node:events';
import { connect } from 'node:net';

export type RawResponse = {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
};

/** Sends these bytes over TCP as they are, and reads what comes back until the other side closes. */
export async function sendRaw(port: number, bytes: string | Buffer): Promise<RawResponse> {
  const socket = connect(port, '127.0.0.1');
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  // A server that refuses a long request may close while the rest of it is still on its way.
  socket.on('error', () => {});
  socket.write(bytes);
  await once(socket, 'close');
  return parseResponse(Buffer.concat(chunks));
}

export type RawRequest = {
  readonly method?: string;
  /** Path and query, as they shall stand in the request line. */
  readonly target: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
};

/** The bytes of a request, its text in UTF-8 and nothing in it encoded or checked. */
export function formatRequest({ method = 'GET', target, headers = {}, body = '' }: RawRequest): Buffer {
  const bytes = Buffer.from(body);
  const all = {
    Host: '127.0.0.1',
    Connection: 'close',
    ...(bytes.length > 0 && { 'Content-Length': String(bytes.length) }),
    ...headers,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.concat([Buffer.from(`${method} ${target} HTTP/1.1\r\n${lines.join('')}\r\n`), bytes]);
}

function parseResponse(bytes: Buffer): RawResponse {
  const text = bytes.toString('utf8');
  const [, head, body] = /^(.*?)\r\n\r\n(.*)$/s.exec(text) ?? [];
  if (head === undefined || body === undefined)
    throw new Error(`No HTTP response but: ${text.slice(0, 200)}`);
  const [statusLine = '', ...lines] = head.split('\r\n');
  return {
    status: Number(statusLine.split(' ')[1]),
    headers: Object.fromEntries(
      lines.map((line) => [
        line.slice(0, line.indexOf(':')).toLowerCase(),
        line.slice(line.indexOf(':') + 1).trim(),
      ]),
    ),
    body,
  };
}
