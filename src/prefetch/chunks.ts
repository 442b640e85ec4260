import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Person } from '../domain/person.ts';
import { withLease } from '../lease.ts';
import { formatPeople, type PeopleChunk, parsePeople } from './records.ts';
import { keysOf, type PrefetchStore } from './store.ts';

/** The people of one prefetch in the store, in chunks that are removed as they are done. Every method may reject. */
export type Chunks = {
  /** Null if there is no such chunk, any more or yet. */
  readonly read: (chunk: number) => Promise<PeopleChunk | null>;
  readonly write: (chunk: number, people: PeopleChunk) => Promise<void>;
  readonly remove: (chunk: number) => Promise<void>;
  /** Takes someone out of these chunks, and leaves their place empty. */
  readonly forget: (person: Person, from: number, to: number) => Promise<void>;
};

/** A store in this process answers without a pause: after so many, others have the event loop. */
const BREATHE_AFTER = 20;

/** Chunks of an upload are written side by side, so that some may be missing where it has come to. */
const GAP = 10;

export function openChunks({ entries, leases }: PrefetchStore, id: string, keepMs: () => number): Chunks {
  const { people: keyOf } = keysOf(id);
  const read: Chunks['read'] = async (chunk) => parsePeople(await entries.read(keyOf(chunk)));
  const put = (chunk: number, people: PeopleChunk): Promise<void> =>
    entries.write(keyOf(chunk), formatPeople(people), keepMs());
  /** Who is forgotten is taken out of what is there: nobody may be added, nor another forgotten, in between. */
  const alone = (chunk: number, work: () => Promise<void>): Promise<void> =>
    withLease(leases, keyOf(chunk), work);
  const remove: Chunks['remove'] = (chunk) => entries.remove(keyOf(chunk));

  const forgetIn = async (person: Person, chunk: number): Promise<void> => {
    const text = await entries.read(keyOf(chunk));
    // A look at the text spares reading what does not hold them, which is nearly all.
    if (!text?.includes(JSON.stringify(person.id).slice(1, -1))) return;
    await alone(chunk, async () => {
      const people = await read(chunk);
      if (!people?.some((other) => isSame(other, person))) return;
      await put(
        chunk,
        people.map((other) => (isSame(other, person) ? null : other)),
      );
    });
  };

  return {
    read,
    write: (chunk, people) => alone(chunk, () => put(chunk, people)),
    remove,
    forget: async (person, from, to) => {
      for (let chunk = from; chunk < to; chunk += 1) {
        await forgetIn(person, chunk);
        if (chunk % BREATHE_AFTER === 0) await nextTurn();
      }
    },
  };
}

/** No chunk of an upload, of which nothing else tells, has this number or a higher one. Rejects where the store fails. */
export async function countChunks({ entries }: PrefetchStore, id: string): Promise<number> {
  const { people: keyOf } = keysOf(id);
  let count = 0;
  for (let chunk = 0; chunk < count + GAP; chunk += 1) {
    if ((await entries.read(keyOf(chunk))) !== null) count = chunk + 1;
    if (chunk % BREATHE_AFTER === 0) await nextTurn();
  }
  return count;
}

function isSame(a: Person | null, b: Person): boolean {
  return a !== null && a.kind === b.kind && a.id === b.id;
}
