import type { Listed } from './records.ts';
import type { Registry } from './registry.ts';
import { keysOf, type PrefetchStore, persist } from './store.ts';

export type Ending = { readonly as: NonNullable<Listed['end']>; readonly atMs: number };

/** Takes the people of a prefetch out of the store, and then says that it has ended. Rejects where the store fails. */
export async function finish(
  store: PrefetchStore,
  registry: Registry,
  id: string,
  chunks: number,
  { as, atMs }: Ending,
): Promise<void> {
  // Of those that are done too: whoever was forgotten just then may have brought one back.
  await removeChunks(store, id, 0, chunks);
  await persist(() =>
    registry.change((index) => ({
      ...index,
      jobs: index.jobs.map((job) =>
        job.id === id && job.endedAtMs === null ? { ...job, endedAtMs: atMs, end: as } : job,
      ),
    })),
  );
}

export async function removeChunks(
  { entries }: PrefetchStore,
  id: string,
  from: number,
  to: number,
): Promise<void> {
  const keys = keysOf(id);
  for (let chunk = from; chunk < to; chunk += 1) await persist(() => entries.remove(keys.people(chunk)));
}
