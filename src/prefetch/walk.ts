import { setTimeout as sleep } from 'node:timers/promises';
import type { Person } from '../domain/person.ts';
import type { Chunks } from './chunks.ts';
import { CHUNK, type PeopleChunk } from './records.ts';

export type WalkParts = {
  readonly chunks: Chunks;
  readonly isDone: (place: number) => boolean;
  /** True when nobody wants to go on. */
  readonly isOver: () => boolean;
  /** A chunk that should be there is not. */
  readonly onMissing: () => void;
};

/** The store may be back by then. */
const AGAIN_AFTER_MS = 250;

/** Those of some chunks who are not done, in their order; null where somebody was forgotten. The next chunk is read ahead. */
export async function* walk(
  { from, to }: { readonly from: number; readonly to: number },
  parts: WalkParts,
): AsyncGenerator<{ readonly place: number; readonly person: Person | null }> {
  let next = load(from, parts);
  for (let chunk = from; chunk < to; chunk += 1) {
    const people = await next;
    if (parts.isOver()) return;
    if (chunk + 1 < to) next = load(chunk + 1, parts);
    for (const [index, person] of people.entries()) {
      const place = chunk * CHUNK + index;
      if (!parts.isDone(place)) yield { place, person };
    }
  }
}

/** Nobody where it is over meanwhile. */
async function load(chunk: number, { chunks, isOver, onMissing }: WalkParts): Promise<PeopleChunk> {
  while (!isOver()) {
    try {
      const people = await chunks.read(chunk);
      if (people === null) onMissing();
      return people ?? [];
    } catch {
      // The guard around the store has counted the failure.
      await sleep(AGAIN_AFTER_MS, undefined, { ref: false });
    }
  }
  return [];
}
