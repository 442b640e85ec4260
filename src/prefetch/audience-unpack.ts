import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { ByteSource, PIECE_BYTES } from './audience-bytes.ts';
import { AudienceError } from './audience-error.ts';
import { Allowance, type Inflater, inflate } from './audience-inflate.ts';
import { readZip } from './audience-zip.ts';

export type Packing = 'plain' | 'gzip' | 'zip';

/** A file to be read to its end before the next. */
export type UnpackedFile = {
  readonly packing: Packing;
  /** Its name in a zip, else null. */
  readonly name: string | null;
  readonly bytes: ByteSource;
};

/** A file packed by its owner and once more by what sent it. */
const MAX_LAYERS = 2;

// Where there is none to be had, a packed text is at most a thousandth of it, so the pieces are as large as those read.
const PIECES = { chunkSize: PIECE_BYTES };

/** Those that cannot be told by their first bytes. */
const ENCODINGS: Readonly<Record<string, () => Inflater>> = {
  br: () => createBrotliDecompress(PIECES),
  deflate: () => createInflate(PIECES),
};

/** What clients say about bytes that speak for themselves. */
const OBVIOUS_ENCODINGS = new Set(['', 'identity', 'gzip', 'x-gzip']);

/**
 * The files of an upload: one, or those of a zip. Bytes are packed with gzip if they begin like it, whatever is said about
 * them. Throws an `AudienceError`.
 */
export async function* unpack(
  upload: AsyncIterable<Uint8Array>,
  contentEncoding: string | null,
  maxBytes: number,
): AsyncGenerator<UnpackedFile> {
  let bytes = decodeTransfer(new ByteSource(upload), contentEncoding, maxBytes);
  let packing: Packing = 'plain';
  for (let layer = 0; layer < MAX_LAYERS && (await beginsLikeGzip(bytes)); layer += 1) {
    bytes = new ByteSource(inflate(bytes, createGunzip(PIECES), new Allowance(maxBytes)));
    packing = 'gzip';
  }
  try {
    if (await beginsLikeZip(bytes)) yield* filesOf(bytes, maxBytes);
    else yield { packing, name: null, bytes: new ByteSource(measured(bytes, new Allowance(maxBytes))) };
  } finally {
    await bytes.close();
  }
}

function decodeTransfer(bytes: ByteSource, contentEncoding: string | null, maxBytes: number): ByteSource {
  const encoding = (contentEncoding ?? '').trim().toLowerCase();
  if (OBVIOUS_ENCODINGS.has(encoding)) return bytes;
  const decode = Object.hasOwn(ENCODINGS, encoding) ? ENCODINGS[encoding] : undefined;
  if (decode) return new ByteSource(inflate(bytes, decode(), new Allowance(maxBytes)));
  throw new AudienceError('unknown_encoding', 'As Content-Encoding, gzip, deflate and br are known.');
}

async function* filesOf(bytes: ByteSource, maxBytes: number): AsyncGenerator<UnpackedFile> {
  for await (const { name, bytes: content } of readZip(bytes, new Allowance(maxBytes))) {
    yield { packing: 'zip', name, bytes: content };
  }
}

async function* measured(bytes: ByteSource, allowance: Allowance): AsyncGenerator<Buffer> {
  for await (const piece of bytes) {
    allowance.spend(piece.length);
    yield piece;
  }
}

async function beginsLikeGzip(bytes: ByteSource): Promise<boolean> {
  const [first, second, method] = await bytes.peek(3);
  return first === 0x1f && second === 0x8b && method === 8;
}

/** Also like an empty one. */
async function beginsLikeZip(bytes: ByteSource): Promise<boolean> {
  const [p, k, third, fourth] = await bytes.peek(4);
  return p === 0x50 && k === 0x4b && ((third === 3 && fourth === 4) || (third === 5 && fourth === 6));
}
