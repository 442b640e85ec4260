import type { Dispatcher } from 'undici';
import { isTimeout, readBody } from '../upstream.ts';
import { RefusedAddressError } from './addresses.ts';
import type { HttpRequest } from './http-request.ts';
import { SourceError } from './source.ts';

/** A hundred products with their descriptions are some hundred KB. */
const MAX_BODY_BYTES = 4 * 1_048_576;

/** Sends one request and reads the JSON it is answered with. Rejects with a `SourceError`. */
export async function fetchJson(
  dispatcher: Dispatcher,
  request: HttpRequest,
  signal: AbortSignal,
): Promise<unknown> {
  const bytes = await fetchBytes(dispatcher, request, signal);
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    // What is wrong with the text would be told with a piece of it.
    throw new SourceError('not_json', 'answered something that is not JSON');
  }
}

async function fetchBytes(
  dispatcher: Dispatcher,
  request: HttpRequest,
  signal: AbortSignal,
): Promise<Uint8Array> {
  try {
    const { statusCode, headers, body } = await dispatcher.request({ ...request, signal });
    const refusal = refuse(statusCode, headers['content-length']);
    if (!refusal) {
      const bytes = await readBody(body, MAX_BODY_BYTES);
      if (bytes === null) throw tooLarge();
      return bytes;
    }
    // Read to its end where it is short, so that the connection can be used again, and destroyed where it is long.
    await body.dump();
    throw refusal;
  } catch (error) {
    throw error instanceof SourceError ? error : parseFailure(error, signal);
  }
}

function refuse(status: number, contentLength: string | string[] | undefined): SourceError | null {
  if (status >= 400) return new SourceError('status', `answered ${status}`);
  if (status >= 300) return new SourceError('redirect', `answered ${status}; redirects are not followed`);
  return Number(contentLength) > MAX_BODY_BYTES ? tooLarge() : null;
}

function tooLarge(): SourceError {
  return new SourceError('too_large', `answered more than ${MAX_BODY_BYTES / 1_048_576} MB`);
}

/** Only the error's code is told: its message may hold addresses and header values. */
function parseFailure(error: unknown, signal: AbortSignal): SourceError {
  if (signal.aborted || isTimeout(error)) return new SourceError('timeout', 'did not answer in time');
  if (error instanceof RefusedAddressError) return new SourceError('refused_address', error.message);
  const { code = 'unknown' } = error as { code?: string };
  return new SourceError('connection', `could not be reached (${code})`);
}
