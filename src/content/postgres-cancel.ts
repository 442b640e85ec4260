import { isIP, type Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from 'node:tls';

/** What the server told a connection, so that another one can end what it asked for. */
export type BackendKey = { readonly processId: number; readonly secretKey: number };

const CANCEL_MS = 2_000;
const SSL_REQUEST = 80_877_103;
const SSL_REQUEST_BYTES = 8;
const CANCEL_REQUEST = 80_877_102;
const CANCEL_REQUEST_BYTES = 16;

/**
 * Asks the server to end what it does for a connection, on one of its own, as libpq does: a server does not notice
 * that whoever asked is gone. Nothing is answered, and nothing happens if it is over already. Resolves when that was
 * said, or could not be: then the query ends by its time-out.
 * https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-CANCELING-REQUESTS
 */
export async function cancelQuery(
  /** That is being connected. */
  socket: Socket,
  { host, ssl }: { readonly host: string; readonly ssl: ConnectionOptions | false },
  { processId, secretKey }: BackendKey,
): Promise<void> {
  const { promise: closed, resolve } = Promise.withResolvers<void>();
  socket.once('close', () => resolve()).on('error', () => {});
  socket.setTimeout(CANCEL_MS, () => socket.destroy());
  const request = writeInts(CANCEL_REQUEST_BYTES, CANCEL_REQUEST, processId, secretKey);
  if (ssl === false) socket.once('connect', () => socket.end(request));
  else startTls(socket, host, ssl, (secure) => secure.end(request));
  await closed;
}

function startTls(
  socket: Socket,
  host: string,
  ssl: ConnectionOptions,
  onSecure: (secure: TLSSocket) => void,
): void {
  socket.once('connect', () => socket.write(writeInts(SSL_REQUEST_BYTES, SSL_REQUEST)));
  socket.once('data', (answer) => {
    if (answer.toString() !== 'S') return void socket.destroy();
    const servername = isIP(host) === 0 ? { servername: host } : {};
    const secure = connectTls({ ...ssl, ...servername, host, socket });
    secure.once('secureConnect', () => onSecure(secure)).on('error', () => socket.destroy());
  });
}

function writeInts(...ints: readonly number[]): Buffer {
  const buffer = Buffer.alloc(ints.length * 4);
  for (const [index, int] of ints.entries()) buffer.writeInt32BE(int, index * 4);
  return buffer;
}
