import type { Person } from '../domain/person.ts';
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

export function openChunks({ entries }: PrefetchStore, id: string, keepMs: () => number): Chunks {
  const { people: keyOf } = keysOf(id);
  const read: Chunks['read'] = async (chunk) => parsePeople(await entries.read(keyOf(chunk)));
  const write: Chunks['write'] = (chunk, people) =>
    entries.write(keyOf(chunk), formatPeople(people), keepMs());
  const remove: Chunks['remove'] = (chunk) => entries.remove(keyOf(chunk));

  const forgetIn = async (person: Person, chunk: number): Promise<void> => {
    const text = await entries.read(keyOf(chunk));
    // A look at the text spares reading what does not hold them, which is nearly all.
    if (!text?.includes(JSON.stringify(person.id).slice(1, -1))) return;
    const people = parsePeople(text);
    if (!people?.some((other) => isSame(other, person))) return;
    await write(
      chunk,
      people.map((other) => (isSame(other, person) ? null : other)),
    );
  };

  return {
    read,
    write,
    remove,
    forget: async (person, from, to) => {
      for (let chunk = from; chunk < to; chunk += 1) {
        await forgetIn(person, chunk);
        // A store in this process answers without a pause, and nobody else would be served.
        if (chunk % 20 === 0) await new Promise(setImmediate);
      }
    },
  };
}

function isSame(a: Person | null, b: Person): boolean {
  return a !== null && a.kind === b.kind && a.id === b.id;
}
