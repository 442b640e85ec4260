import { request } from 'node:http';
import { gunzipSync } from 'node:zlib';
import { type Context, type Emitter, Liquid, type TagToken } from 'liquidjs';
import { basic, type Credentials } from './service.ts';

/** What Braze does with a message, as far as `facts/braze.md` describes it. */
export type Braze = {
  /** Renders a message; `{{${user_id}}}` is one of the attributes. Throws what Braze's editor would refuse. */
  readonly render: (message: string, attributes?: Readonly<Record<string, string>>) => Promise<string>;
  /** Every URL that was asked, as it went out. */
  readonly urls: readonly string[];
};

/** Braze inserts nothing that takes longer. */
const TIMEOUT_MS = 2_000;

/** `stored` are the credentials that `:basic_auth` names. */
export function createBraze(stored: Readonly<Record<string, Credentials>>): Braze {
  const urls: string[] = [];
  const engine = new Liquid();
  engine.registerTag('connected_content', {
    parse(token: TagToken) {
      this.source = token.args;
    },
    *render(context: Context, emitter: Emitter): Generator<unknown, void, unknown> {
      const { url, options } = splitTag(this.source);
      const target = yield engine.render(engine.parse(url), context);
      const form = yield engine.render(engine.parse(options.body ?? ''), context);
      urls.push(String(target));
      const answer = yield call(String(target), { ...options, body: String(form) }, stored);
      const { status, body } = answer as Answer;
      if (status < 200 || status > 299) return;
      const data = parseBody(status, body);
      if (options.save !== undefined) Object.assign(context.environments, { [options.save]: data });
      else if ('rerender' in options)
        emitter.write(String(yield engine.parseAndRender(body, context.environments)));
      else emitter.write(typeof data === 'string' ? data : JSON.stringify(data));
    },
  });
  return {
    render: async (message, attributes = {}) => {
      refuseWhatBrazeCannot(message);
      // Braze's own syntax on top of Liquid.
      return engine.parseAndRender(message.replace(/\$\{(\w+)\}/g, '$1'), { ...attributes });
    },
    urls,
  };
}

type Options = Readonly<Record<string, string>>;

/** The URL, and `:name value` behind it; Liquid in either may hold spaces. */
function splitTag(source: string): { url: string; options: Options } {
  const words = source.match(/(?:\{\{.*?\}\}|\S)+/g) ?? [];
  const options: Record<string, string> = {};
  let name: string | null = null;
  for (const word of words.slice(1)) {
    if (word.startsWith(':')) {
      name = word.slice(1);
      options[name] = '';
    } else if (name !== null) {
      options[name] = word;
    }
  }
  return { url: words[0] ?? '', options };
}

type Answer = { readonly status: number; readonly body: string };

/** Never follows a redirect; nothing in time is nothing. */
function call(url: string, options: Options, stored: Readonly<Record<string, Credentials>>): Promise<Answer> {
  const [, port = '80', path = '/'] = /^http:\/\/127\.0\.0\.1:(\d+)(.*)$/s.exec(url) ?? [];
  const credentials = options.basic_auth === undefined ? undefined : stored[options.basic_auth];
  const isPost = options.method === 'post';
  return new Promise((resolve, reject) => {
    const outgoing = request({
      host: '127.0.0.1',
      port,
      // Raw bytes: Braze encodes nothing by itself.
      path: Buffer.from(path).toString('latin1'),
      method: isPost ? 'POST' : 'GET',
      headers: {
        Accept: '*/*',
        'Accept-Encoding': 'gzip',
        'User-Agent': 'Braze Sender 1.0',
        'Content-Type':
          options.content_type ?? (isPost ? 'application/x-www-form-urlencoded' : 'application/json'),
        ...(credentials && { Authorization: basic(credentials) }),
      },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    outgoing.on('error', reject);
    outgoing.on('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        const bytes = Buffer.concat(chunks);
        const isZipped = response.headers['content-encoding'] === 'gzip';
        const body = (isZipped ? gunzipSync(bytes) : bytes).toString();
        resolve({ status: response.statusCode ?? 0, body });
      });
    });
    outgoing.end(isPost ? options.body : undefined);
  });
}

/** Whatever is valid JSON is data, whatever its content type; the status is told of objects only. */
function parseBody(status: number, body: string): unknown {
  try {
    const data: unknown = JSON.parse(body);
    const isObject = typeof data === 'object' && data !== null && !Array.isArray(data);
    return isObject ? { ...data, __http_status_code__: status } : data;
  } catch {
    return body;
  }
}

function refuseWhatBrazeCannot(message: string): void {
  const [tag] = /\{%-?\s*(?:if|elsif|unless|case|when|for)\b[^%]*\|[^%]*%\}/.exec(message) ?? [];
  if (tag !== undefined) throw new Error(`Braze takes no filter here: ${tag}`);
}
