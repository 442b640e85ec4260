import { isUtf8 } from 'node:buffer';
import { type FileHandle, open } from 'node:fs/promises';
import { FileSourceError, orFileError } from './file-error.ts';

const PIECE_BYTES = 262_144;
const LINE_FEED = 0x0a;

/** The file's text in pieces, without a byte order mark. Throws a `FileSourceError` if it is not UTF-8. */
export async function* readText(path: string): AsyncGenerator<string> {
  const file = await orFileError(open(path));
  try {
    yield* decode(file);
  } finally {
    await file.close();
  }
}

async function* decode(file: FileHandle): AsyncGenerator<string> {
  const buffer = Buffer.allocUnsafeSlow(PIECE_BYTES);
  let line = 1;
  let isFirst = true;
  for (let kept = 0; ; ) {
    const { bytesRead } = await orFileError(file.read(buffer, kept, PIECE_BYTES - kept));
    const bytes = buffer.subarray(0, kept + bytesRead);
    if (isFirst) refuseUtf16(bytes);
    const piece = bytesRead === 0 ? bytes : bytes.subarray(0, wholeCharacters(bytes));
    if (!isUtf8(piece)) throw new FileSourceError('is not UTF-8 text', line + lineOfFault(piece));
    yield piece.toString('utf8', isFirst ? markLength(piece) : 0);
    if (bytesRead === 0) return;
    isFirst = false;
    line += countLineFeeds(piece);
    kept = bytes.copy(buffer, 0, piece.length);
  }
}

/** How many of these bytes are whole characters: up to three at the end may be the beginning of one. */
function wholeCharacters(bytes: Uint8Array): number {
  for (let back = 1; back <= 3; back += 1) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (byte >= 0xc0) return bytes.length - (back < sequenceLength(byte) ? back : 0);
    if (byte < 0x80) break;
  }
  return bytes.length;
}

function sequenceLength(firstByte: number): number {
  return firstByte >= 0xf0 ? 4 : firstByte >= 0xe0 ? 3 : 2;
}

/** By its mark, or by the zero that every second byte of Latin text is. Such zeros would pass for UTF-8. */
function refuseUtf16([first = 1, second = 1]: Uint8Array): void {
  const hasMark = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
  if (hasMark || first === 0 || second === 0) throw new FileSourceError('is UTF-16; save it as UTF-8');
}

function markLength(bytes: Uint8Array): number {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
}

/** How many lines of these come before the one that is not UTF-8. */
function lineOfFault(bytes: Buffer): number {
  let lines = 0;
  let start = 0;
  for (let end = bytes.indexOf(LINE_FEED); end !== -1; end = bytes.indexOf(LINE_FEED, start)) {
    if (!isUtf8(bytes.subarray(start, end))) break;
    lines += 1;
    start = end + 1;
  }
  return lines;
}

function countLineFeeds(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(LINE_FEED); at !== -1; at = bytes.indexOf(LINE_FEED, at + 1)) count += 1;
  return count;
}
