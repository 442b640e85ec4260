import type { Transform } from 'node:stream';
import { type ByteSource, truncated } from './audience-bytes.ts';
import { AudienceError } from './audience-error.ts';

/** A stream of node:zlib, whose work is done by other threads. */
export type Inflater = Transform & { readonly bytesWritten: number };

/** How many more bytes may come out of packed ones. A few kilobytes can hold terabytes. */
export class Allowance {
  #left: number;
  readonly #whole: number;

  constructor(bytes: number) {
    this.#left = bytes;
    this.#whole = bytes;
  }

  /** Throws an `AudienceError` when there is none left. */
  spend(bytes: number): void {
    this.#left -= bytes;
    if (this.#left >= 0) return;
    const megabytes = Math.max(1, Math.round(this.#whole / 1_048_576)).toLocaleString('en');
    throw new AudienceError('too_large', `The file holds more than ${megabytes} MB. Send it in parts.`);
  }
}

/**
 * What the packed bytes hold. What follows them is left in the source, which is then at the first byte after them. Throws an
 * `AudienceError`.
 */
export async function* inflate(
  source: ByteSource,
  inflater: Inflater,
  allowance: Allowance,
): AsyncGenerator<Buffer> {
  const feeding = feed(source, inflater).then(
    () => null,
    (error: unknown) => {
      inflater.destroy();
      return { error };
    },
  );
  try {
    for await (const piece of inflater) {
      allowance.spend(piece.length);
      yield piece;
    }
  } catch (error) {
    if (error instanceof AudienceError) throw error;
    const fault = isPremature(error) ? await feeding : null;
    throw fault ? fault.error : faultOf(error);
  } finally {
    inflater.destroy();
  }
  await feeding;
}

async function feed(source: ByteSource, inflater: Inflater): Promise<void> {
  let fed = 0;
  for (let piece = await source.read(); piece; piece = await source.read()) {
    await write(inflater, piece);
    if (inflater.errored) return;
    fed += piece.length;
    // It takes everything until it has found the end.
    const unused = fed - inflater.bytesWritten;
    if (unused > 0) return source.unread(piece.subarray(piece.length - unused));
  }
  inflater.end();
}

function write(inflater: Inflater, piece: Buffer): Promise<void> {
  return new Promise((resolve) => inflater.write(piece, () => resolve()));
}

/** Destroyed from outside, which only `feed` does. */
function isPremature(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ERR_STREAM_PREMATURE_CLOSE';
}

function faultOf(error: unknown): AudienceError {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'Z_BUF_ERROR' ? truncated() : damaged();
}

export function damaged(): AudienceError {
  return new AudienceError('damaged', 'The packed file is damaged: it cannot be unpacked.');
}
