const MAX_LENGTH = 200;

/** Passwords in URLs, and whatever looks like a key: long, in one piece, with digits. */
const SECRETS = /(?<=\/\/)[^/@\s]+(?=@)|(?=[\w-]*\d)[\w-]{16,}/g;

/** One line for the log about what a provider did wrong, without its keys. */
export function describeFailure(error: unknown): string {
  const [line = ''] = messageOf(error)
    .slice(0, 2_000)
    .split(/[\r\n]/, 1);
  return line.replace(SECRETS, '…').slice(0, MAX_LENGTH);
}

/** `fetch failed` alone says nothing; its cause does. */
function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}
