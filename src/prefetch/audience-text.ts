import { isUtf8 } from 'node:buffer';
import type { ByteSource } from './audience-bytes.ts';
import { AudienceError } from './audience-error.ts';

const LINE_FEED = 0x0a;

/**
 * A file's text in pieces, without a byte order mark: UTF-8, or UTF-16 as Excel's "Unicode text" is. Throws an
 * `AudienceError` for anything else.
 */
export async function* readText(bytes: ByteSource): AsyncGenerator<string> {
  const encoding = encodingOf(await bytes.peek(4));
  const decoder = new TextDecoder(encoding, { fatal: true });
  let line = 1;
  for await (const piece of bytes) {
    const text = decode(
      () => decoder.decode(piece, { stream: true }),
      () => line + lineOfFault(piece),
    );
    line += countLineFeeds(text);
    yield text;
  }
  yield decode(
    () => decoder.decode(),
    () => line,
  );
}

/** By its mark, or by the zero that every second byte of Latin text is. */
function encodingOf([a = 1, b = 1, c = 1, d = 1]: Uint8Array): 'utf-8' | 'utf-16le' | 'utf-16be' {
  if ((a === 0xff && b === 0xfe) || (a !== 0 && b === 0 && c !== 0 && d === 0)) return 'utf-16le';
  if ((a === 0xfe && b === 0xff) || (a === 0 && b !== 0 && c === 0 && d !== 0)) return 'utf-16be';
  return 'utf-8';
}

function decode(read: () => string, faultyLine: () => number): string {
  try {
    return read();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_ENCODING_INVALID_ENCODED_DATA') throw error;
    const line = faultyLine();
    const detail = `Line ${line} is not UTF-8 text. Save the file as UTF-8, in Excel as "CSV UTF-8".`;
    throw new AudienceError('not_utf8', detail, line);
  }
}

/** How many lines of these come before the one that is not UTF-8. */
function lineOfFault(bytes: Buffer): number {
  let lines = 0;
  let start = endOfCharacter(bytes);
  for (let end = bytes.indexOf(LINE_FEED); end !== -1; end = bytes.indexOf(LINE_FEED, start)) {
    if (!isUtf8(bytes.subarray(start, end))) break;
    lines += 1;
    start = end + 1;
  }
  return lines;
}

/** Of one that began in the piece before. */
function endOfCharacter(bytes: Buffer): number {
  let end = 0;
  while (end < 3 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end += 1;
  return end;
}

function countLineFeeds(text: string): number {
  let count = 0;
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) count += 1;
  return count;
}
