import { type Dispatcher, errors } from 'undici';

type Body = Dispatcher.ResponseData['body'];

/** The body of what a service answered; null where that is more than `maxBytes`. Rejects where the connection breaks. */
export async function readBody(body: Body, maxBytes: number): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    // Leaving the loop destroys the stream, and with it the connection.
    if (size > maxBytes) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Whether undici gave up because a service took too long. An aborted signal shows in the signal. */
export function isTimeout(error: unknown): boolean {
  return (
    error instanceof errors.ConnectTimeoutError ||
    error instanceof errors.HeadersTimeoutError ||
    error instanceof errors.BodyTimeoutError
  );
}
