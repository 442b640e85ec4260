import { AudienceError } from './audience-error.ts';

/** What is worked on in one go: a millisecond or two for the dearest of formats. */
export const PIECE_BYTES = 32_768;

const NONE: Buffer = Buffer.alloc(0);

/** Bytes that are read forwards, a piece or an exact number at a time, and can be put back. */
export class ByteSource {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #chunk = NONE;
  #position = 0;

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  /** How many bytes were read and not put back. */
  get position(): number {
    return this.#position;
  }

  /** Some bytes, at least one and at most `PIECE_BYTES`; null at the end. */
  async read(most = PIECE_BYTES): Promise<Buffer | null> {
    while (this.#chunk.length === 0) {
      const { done, value } = await this.#chunks.next();
      if (done) return null;
      this.#chunk = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
    }
    const piece = this.#chunk.subarray(0, Math.min(most, PIECE_BYTES));
    this.#chunk = this.#chunk.subarray(piece.length);
    this.#position += piece.length;
    return piece;
  }

  /** What was read last comes again. */
  unread(bytes: Buffer): void {
    this.#chunk = joined(bytes, this.#chunk);
    this.#position -= bytes.length;
  }

  /** The next bytes without reading them; fewer than `count` if no more are left. */
  async peek(count: number): Promise<Buffer> {
    let bytes = NONE;
    while (bytes.length < count) {
      const piece = await this.read(count - bytes.length);
      if (!piece) break;
      bytes = joined(bytes, piece);
    }
    this.unread(bytes);
    return bytes;
  }

  /** Exactly so many. Throws an `AudienceError` if there are fewer. */
  async take(count: number): Promise<Buffer> {
    const bytes = await this.peek(count);
    await this.skip(count);
    return bytes;
  }

  /** Throws an `AudienceError` if there are fewer. */
  async skip(count: number): Promise<void> {
    for (let left = count; left > 0; ) {
      const piece = await this.read(left);
      if (!piece) throw truncated();
      left -= piece.length;
    }
  }

  /** Reads to the end. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer> {
    for (let piece = await this.read(); piece; piece = await this.read()) yield piece;
  }

  /** Ends what the bytes come from. */
  async close(): Promise<void> {
    await this.#chunks.return?.();
  }
}

function joined(first: Buffer, second: Buffer): Buffer {
  if (first.length === 0) return second;
  if (second.length === 0) return first;
  // What was cut from one chunk is put together again without copying it, however large it is.
  const areNeighbours =
    first.buffer === second.buffer && first.byteOffset + first.length === second.byteOffset;
  if (areNeighbours) return Buffer.from(first.buffer, first.byteOffset, first.length + second.length);
  return Buffer.concat([first, second]);
}

export function truncated(): AudienceError {
  return new AudienceError('truncated', 'The packed file is not complete: it ends too early.');
}
