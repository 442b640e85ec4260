import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { ByteSource, PIECE_BYTES } from './audience-bytes.ts';
import { AudienceError, spreadsheet } from './audience-error.ts';
import { Allowance, type Inflater, inflate } from './audience-inflate.ts';
import { type Kind, kindOfBytes } from './audience-magic.ts';
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
  for (let layer = 0; layer < MAX_LAYERS && (await kindOfBytes(bytes)) === 'gzip'; layer += 1) {
    bytes = new ByteSource(inflate(bytes, createGunzip(PIECES), new Allowance(maxBytes)));
    packing = 'gzip';
  }
  try {
    const kind = await kindOfBytes(bytes);
    refuseOthers(kind);
    if (kind === 'zip') yield* filesOf(bytes, maxBytes);
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

/** What as text would be said to be wrongly encoded. */
function refuseOthers(kind: Kind): void {
  if (kind === 'workbook') throw spreadsheet();
  if (kind === 'text' || kind === 'zip') return;
  throw new AudienceError(
    'unknown_format',
    'Send a CSV, NDJSON or JSON file, as it is or packed once with gzip or zip.',
  );
}
