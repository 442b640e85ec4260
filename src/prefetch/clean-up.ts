import { heldUntilMs } from '../domain/hold.ts';
import { countChunks } from './chunks.ts';
import { removeChunks } from './finish.ts';
import type { Index } from './records.ts';
import type { Registry } from './registry.ts';
import { keysOf, type PrefetchStore } from './store.ts';

/** How long ended ones are shown, and how many at most. */
const SHOWN_FOR_MS = 30 * 86_400_000;
const MAX_SHOWN = 200;

/** An upload says every minute that it goes on. */
const DRAFT_ABANDONED_MS = 5 * 60_000;

/** Takes old prefetches off the list, and what uploads left behind whose process has ended. Rejects where the store fails. */
export async function tidy(store: PrefetchStore, registry: Registry, nowMs: number): Promise<void> {
  const { jobs, drafts } = registry.index();
  const old = oldOnes(jobs, nowMs);
  const abandoned = drafts.filter(({ atMs }) => nowMs - atMs > DRAFT_ABANDONED_MS).map(({ id }) => id);
  if (old.length + abandoned.length === 0) return;
  for (const id of abandoned) await removeChunks(store, id, 0, await countChunks(store, id));
  for (const id of old) {
    const keys = keysOf(id);
    for (const key of [keys.job, keys.progress, keys.wish]) await store.entries.remove(key);
  }
  const gone = new Set([...old, ...abandoned]);
  await registry.change((index) => ({
    ...index,
    jobs: index.jobs.filter(({ id }) => !gone.has(id)),
    drafts: index.drafts.filter(({ id }) => !gone.has(id)),
  }));
}

/** None as long as it keeps something fresh. */
function oldOnes(jobs: Index['jobs'], nowMs: number): string[] {
  const over = jobs
    .filter((job) => heldUntilMs(job) < nowMs)
    .sort((a, b) => (b.endedAtMs ?? 0) - (a.endedAtMs ?? 0));
  return over
    .filter(({ endedAtMs }, index) => index >= MAX_SHOWN || nowMs - (endedAtMs ?? 0) > SHOWN_FOR_MS)
    .map(({ id }) => id);
}
