import { crc32, createInflateRaw } from 'node:zlib';
import { ByteSource, PIECE_BYTES, truncated } from './audience-bytes.ts';
import { AudienceError, spreadsheet } from './audience-error.ts';
import { type Allowance, damaged, inflate } from './audience-inflate.ts';
import {
  descriptorLength,
  MAX_DESCRIPTOR,
  readZipHeader,
  DESCRIPTOR_SIGNATURE as SIGNATURE,
  type ZipFound,
  type ZipHeader,
} from './audience-zip-header.ts';
import { isIgnored, isSpreadsheetPart } from './audience-zip-names.ts';

/** One of the zip's files, to be read to its end before the next. */
export type ZipFile = { readonly name: string; readonly bytes: ByteSource };

const LOCAL = 0x04034b50;
/** The directory, or what may stand before it, or that there are no files. */
const AFTER_FILES = new Set([0x02014b50, 0x08064b50, 0x06064b50, 0x06054b50]);

const END_SIGNATURE = Buffer.from('PK\x05\x06', 'latin1');

const STORED = 0;
const DEFLATED = 8;

/**
 * The files of a zip that may hold people, in the order in which they come, each checked against its sum. Sizes that come
 * only after a file are no obstacle: the end of a deflated file is where its own coding ends. Throws an `AudienceError`.
 */
export async function* readZip(source: ByteSource, allowance: Allowance): AsyncGenerator<ZipFile> {
  let ignored = 0;
  let read = 0;
  let signature = await readSignature(source);
  for (; signature === LOCAL; signature = await readSignature(source)) {
    const header = await readZipHeader(source);
    if (isSpreadsheetPart(header.name)) throw spreadsheet();
    if (isIgnored(header.name)) {
      await skip(header, source, allowance);
      ignored += 1;
    } else {
      yield* contentOf(header, source, allowance);
      read += 1;
    }
  }
  await requireEnd(source, signature);
  if (ignored > 0 && read === 0) throw new AudienceError('no_file', 'The zip holds no CSV or JSON file.');
}

async function readSignature(source: ByteSource): Promise<number> {
  return (await source.take(4)).readUInt32LE();
}

async function* contentOf(
  header: ZipHeader,
  source: ByteSource,
  allowance: Allowance,
): AsyncGenerator<ZipFile> {
  const bytes = new ByteSource(unpacked(header, source, allowance));
  try {
    yield { name: header.name, bytes };
    // The sum is only checked at the end.
    while (await bytes.read());
  } finally {
    await bytes.close();
  }
}

async function skip(header: ZipHeader, source: ByteSource, allowance: Allowance): Promise<void> {
  if (header.sizes) return await source.skip(header.sizes.packed);
  for await (const _piece of unpacked(header, source, allowance));
}

async function* unpacked(
  header: ZipHeader,
  source: ByteSource,
  allowance: Allowance,
): AsyncGenerator<Buffer> {
  const from = source.position;
  let crc = 0;
  let size = 0;
  for await (const piece of piecesOf(header, source, allowance)) {
    crc = crc32(piece, crc);
    size += piece.length;
    yield piece;
  }
  const found = { crc, packed: source.position - from, unpacked: size };
  if (header.sizes) {
    const { packed, unpacked } = header.sizes;
    if (crc !== header.crc || packed !== found.packed || unpacked !== found.unpacked) throw damaged();
  } else {
    const bytes = await source.peek(MAX_DESCRIPTOR);
    const length = descriptorLength(bytes, found);
    if (length === null) throw bytes.length < MAX_DESCRIPTOR ? truncated() : damaged();
    await source.skip(length);
  }
}

function piecesOf(header: ZipHeader, source: ByteSource, allowance: Allowance): AsyncGenerator<Buffer> {
  if (header.isEncrypted) {
    throw new AudienceError('encrypted', 'The zip is protected by a password. Send it without one.');
  }
  if (header.method === DEFLATED) {
    return inflate(source, createInflateRaw({ chunkSize: PIECE_BYTES }), allowance);
  }
  if (header.method !== STORED) {
    throw new AudienceError('unsupported_zip', 'The zip is packed by a method other than Deflate.');
  }
  return header.sizes
    ? stored(source, header.sizes.packed, allowance)
    : storedUntilDescriptor(source, allowance);
}

async function* stored(source: ByteSource, bytes: number, allowance: Allowance): AsyncGenerator<Buffer> {
  for (let left = bytes; left > 0; ) {
    const piece = await source.read(left);
    if (!piece) throw truncated();
    left -= piece.length;
    allowance.spend(piece.length);
    yield piece;
  }
}

/** A file whose end only its descriptor tells: where one stands that fits everything before it. */
async function* storedUntilDescriptor(source: ByteSource, allowance: Allowance): AsyncGenerator<Buffer> {
  let found: ZipFound = { crc: 0, packed: 0, unpacked: 0 };
  for (;;) {
    const piece = await source.peek(PIECE_BYTES);
    const scanned = scanForDescriptor(piece, found);
    if (!scanned.isEnd && piece.length < PIECE_BYTES) throw truncated();
    const bytes = scanned.found.unpacked - found.unpacked;
    found = scanned.found;
    allowance.spend(bytes);
    if (bytes > 0) yield await source.take(bytes);
    if (scanned.isEnd) return;
  }
}

/** What is found up to the descriptor, or as far as none begins for sure. */
function scanForDescriptor(piece: Buffer, before: ZipFound): { found: ZipFound; isEnd: boolean } {
  let found = before;
  let from = 0;
  const advance = (to: number): void => {
    const size = found.unpacked + to - from;
    found = { crc: crc32(piece.subarray(from, to), found.crc), packed: size, unpacked: size };
    from = to;
  };
  for (let at = piece.indexOf(SIGNATURE); at !== -1; at = piece.indexOf(SIGNATURE, at + 1)) {
    advance(at);
    const descriptor = piece.subarray(at, at + MAX_DESCRIPTOR);
    if (descriptor.length < MAX_DESCRIPTOR && at > 0) return { found, isEnd: false };
    if (descriptorLength(descriptor, found) !== null) return { found, isEnd: true };
  }
  // A signature may be cut by the end of the piece.
  advance(Math.max(from, piece.length - (SIGNATURE.length - 1)));
  return { found, isEnd: false };
}

/** All that is to come is the directory, which says nothing new, but whose end shows that nothing was cut off. */
async function requireEnd(source: ByteSource, signature: number): Promise<void> {
  if (!AFTER_FILES.has(signature)) throw damaged();
  let isEnd = signature === END_SIGNATURE.readUInt32LE();
  let tail: Buffer = Buffer.alloc(0);
  for await (const piece of source) {
    if (isEnd) continue;
    const bytes = Buffer.concat([tail, piece]);
    isEnd = bytes.includes(END_SIGNATURE);
    tail = bytes.subarray(1 - END_SIGNATURE.length);
  }
  if (!isEnd) throw truncated();
}
