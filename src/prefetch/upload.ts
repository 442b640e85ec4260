import { formatNumber } from '../domain/format.ts';
import type { Person } from '../domain/person.ts';
import { type AudienceReport, PrefetchRefusal, type ReadAudience } from '../domain/prefetch.ts';
import { openChunks } from './chunks.ts';
import { removeChunks } from './finish.ts';
import { CHUNK } from './records.ts';
import type { Registry } from './registry.ts';
import { type PrefetchStore, persist } from './store.ts';

export type UploadOptions = {
  readonly store: PrefetchStore;
  readonly registry: Registry;
  /** Wall clock, milliseconds. */
  readonly wallNow: () => number;
  /** How many people there is room for. */
  readonly maxPeople: number;
};

/** Chunks that are being written while the next ones are read. */
const AT_ONCE = 4;

/** While an upload goes on, others must not take it for one that broke off. */
const HEARD_EVERY_MS = 60_000;

/**
 * Puts people into the store as they are read, so that never more than a few thousand are in memory. What cannot be read
 * to the end leaves nothing behind.
 */
export async function storeAudience(
  { store, registry, wallNow, maxPeople }: UploadOptions,
  id: string,
  keepMs: number,
  read: ReadAudience,
): Promise<{ readonly audience: AudienceReport; readonly chunks: number }> {
  const chunks = openChunks(store, id, () => keepMs);
  const writing = new Set<Promise<void>>();
  let waiting: Person[] = [];
  let count = 0;
  let failure: unknown = null;

  const flush = async (): Promise<void> => {
    if (failure !== null) throw failure;
    const [chunk, people] = [count, waiting.slice(0, CHUNK)];
    waiting = waiting.slice(CHUNK);
    count += 1;
    while (writing.size >= AT_ONCE) await Promise.race([...writing].map((one) => one.catch(() => {})));
    const write = persist(() => chunks.write(chunk, people)).finally(() => writing.delete(write));
    writing.add(write);
    write.catch((error) => {
      failure ??= error;
    });
  };

  const take = async (people: readonly Person[]): Promise<void> => {
    waiting.push(...people);
    if (count * CHUNK + waiting.length > maxPeople) {
      throw new PrefetchRefusal(
        'too_many_people',
        `There is room for ${formatNumber(maxPeople, 'en')} people.`,
      );
    }
    while (waiting.length >= CHUNK) await flush();
  };

  const beHeard = (): Promise<void> => markDraft(registry, id, wallNow());
  await persist(beHeard);
  const timer = setInterval(() => void beHeard().catch(() => {}), HEARD_EVERY_MS).unref();
  try {
    const audience = await read(take);
    if (audience.users === 0)
      throw new PrefetchRefusal('nobody', 'There is nobody in it who can be looked up.');
    if (waiting.length > 0) await flush();
    await Promise.allSettled(writing);
    if (failure !== null) throw failure;
    return { audience, chunks: count };
  } catch (error) {
    await Promise.allSettled(writing);
    await discard(store, registry, id, count).catch(() => {});
    throw error;
  } finally {
    clearInterval(timer);
  }
}

/** Counts the people of a list, and keeps nobody. */
export async function countAudience(read: ReadAudience): Promise<AudienceReport> {
  return read(async () => {});
}

function markDraft(registry: Registry, id: string, atMs: number): Promise<void> {
  return registry.change((index) => ({
    ...index,
    drafts: [...index.drafts.filter((draft) => draft.id !== id), { id, atMs }],
  }));
}

/** Where the store fails, it is left to the clean-up of what others left behind. */
async function discard(store: PrefetchStore, registry: Registry, id: string, chunks: number): Promise<void> {
  await removeChunks(store, id, 0, chunks);
  await registry.change((index) => ({ ...index, drafts: index.drafts.filter((draft) => draft.id !== id) }));
}
