import { compareUrgency, MAX_OPEN_MS } from '../domain/hold.ts';
import { parseJson } from '../parse-json.ts';
import { Job, type Listed, NO_WISH, Progress, Wish } from './records.ts';
import { keysOf, type PrefetchStore } from './store.ts';

/** An open prefetch with what the store says of it now. */
export type Open = {
  readonly listed: Listed;
  readonly job: Job;
  readonly wish: Wish;
  /** Null before anybody was looked up. */
  readonly progress: Progress | null;
};

/** What is to be done about one: `end` if somebody cancelled it, or it is too old. */
export type Next =
  | { readonly kind: 'run'; readonly open: Open }
  | { readonly kind: 'end'; readonly open: Open; readonly as: 'asked' | 'too_old'; readonly atMs: number };

/** Null if its records are not there. Rejects where the store fails. */
export async function readOpen({ entries }: PrefetchStore, listed: Listed): Promise<Open | null> {
  const keys = keysOf(listed.id);
  const [job, wish, progress] = await Promise.all([
    entries.read(keys.job),
    entries.read(keys.wish),
    entries.read(keys.progress),
  ]);
  const parsed = parseJson(Job, job);
  if (!parsed) return null;
  return {
    listed,
    job: parsed,
    wish: parseJson(Wish, wish) ?? NO_WISH,
    progress: parseJson(Progress, progress),
  };
}

/** Those that have not ended, whoever sends first in front. */
export function openJobs(jobs: readonly Listed[]): Listed[] {
  return jobs.filter(({ endedAtMs }) => endedAtMs === null).sort(compareUrgency);
}

/** The first about which something is to be done now. Rejects where the store fails. */
export async function pickNext(
  store: PrefetchStore,
  jobs: readonly Listed[],
  nowMs: number,
): Promise<Next | null> {
  for (const listed of openJobs(jobs)) {
    const open = await readOpen(store, listed);
    if (!open) continue;
    if (open.wish.wish === 'cancel') return { kind: 'end', open, as: 'asked', atMs: open.wish.atMs };
    if (nowMs > listed.createdAtMs + MAX_OPEN_MS) return { kind: 'end', open, as: 'too_old', atMs: nowMs };
    if (!isPaused(open) && (open.progress?.pass.beginsAtMs ?? 0) <= nowMs) return { kind: 'run', open };
  }
  return null;
}

/** By somebody, or by itself since the last wish. */
export function isPaused({ wish, progress }: Pick<Open, 'wish' | 'progress'>): boolean {
  return wish.wish === 'pause' || progress?.blocked?.wishNumber === wish.number;
}
