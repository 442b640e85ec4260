import type { ByteSource } from './audience-bytes.ts';
import { damaged } from './audience-inflate.ts';

// PKWARE's APPNOTE.TXT 6.3.10, sections 4.3.7 (local file header), 4.3.9 (data descriptor) and 4.5.3 (zip64).

export type ZipHeader = {
  readonly name: string;
  /** 0: stored, 8: deflated. */
  readonly method: number;
  readonly isEncrypted: boolean;
  readonly crc: number;
  /** Null if they follow the file in a descriptor, as its sum does. */
  readonly sizes: { readonly packed: number; readonly unpacked: number } | null;
};

/** What a file turned out to be. */
export type ZipFound = { readonly crc: number; readonly packed: number; readonly unpacked: number };

const FIXED_BYTES = 26;
const ENCRYPTED = 0x0001;
const SIZES_FOLLOW = 0x0008;
const DIRECTORY_ENCRYPTED = 0x2000;
const ZIP64 = 0x0001;
const IN_ZIP64 = 0xffffffff;

export const DESCRIPTOR_SIGNATURE = Buffer.from('PK\x07\x08', 'latin1');
/** With signature, sum and two long sizes. */
export const MAX_DESCRIPTOR = 24;

/** Reads the header of a file, whose signature was read. */
export async function readZipHeader(source: ByteSource): Promise<ZipHeader> {
  const fixed = await source.take(FIXED_BYTES);
  const flags = fixed.readUInt16LE(2);
  const name = await source.take(fixed.readUInt16LE(22));
  const extra = await source.take(fixed.readUInt16LE(24));
  const sizes = { packed: fixed.readUInt32LE(14), unpacked: fixed.readUInt32LE(18) };
  return {
    name: name.toString('utf8'),
    method: fixed.readUInt16LE(4),
    isEncrypted: (flags & (ENCRYPTED | DIRECTORY_ENCRYPTED)) !== 0,
    crc: fixed.readUInt32LE(10),
    sizes: (flags & SIZES_FOLLOW) !== 0 ? null : withZip64(sizes, extra),
  };
}

function withZip64(sizes: { packed: number; unpacked: number }, extra: Buffer): ZipHeader['sizes'] {
  if (sizes.packed !== IN_ZIP64 && sizes.unpacked !== IN_ZIP64) return sizes;
  const field = extraField(extra, ZIP64);
  if (!field || field.length < 16) throw damaged();
  return { unpacked: Number(field.readBigUInt64LE(0)), packed: Number(field.readBigUInt64LE(8)) };
}

function extraField(extra: Buffer, id: number): Buffer | null {
  for (let at = 0; at + 4 <= extra.length; ) {
    const end = at + 4 + extra.readUInt16LE(at + 2);
    if (extra.readUInt16LE(at) === id) return extra.subarray(at + 4, end);
    at = end;
  }
  return null;
}

/**
 * The length of the descriptor that these bytes begin with; null if none is there that says what was found. It has a
 * signature or not, and sizes of four or eight bytes, and nothing tells reliably which.
 */
export function descriptorLength(bytes: Buffer, found: ZipFound): number | null {
  const from = bytes.indexOf(DESCRIPTOR_SIGNATURE) === 0 ? DESCRIPTOR_SIGNATURE.length : 0;
  if (bytes.length < from + 12 || bytes.readUInt32LE(from) !== found.crc) return null;
  if (bytes.readUInt32LE(from + 4) === found.packed && bytes.readUInt32LE(from + 8) === found.unpacked) {
    return from + 12;
  }
  const isLong =
    bytes.length >= from + 20 &&
    bytes.readBigUInt64LE(from + 4) === BigInt(found.packed) &&
    bytes.readBigUInt64LE(from + 12) === BigInt(found.unpacked);
  return isLong ? from + 20 : null;
}
