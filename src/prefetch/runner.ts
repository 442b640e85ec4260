import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { keepMsOf } from '../domain/hold.ts';
import type { Person } from '../domain/person.ts';
import { tidy } from './clean-up.ts';
import { finish } from './finish.ts';
import { type Next, type Open, pickNext } from './pick.ts';
import { chunkCountOf } from './records.ts';
import type { Registry } from './registry.ts';
import { type LookAhead, Run, type RunParts } from './run.ts';
import { keysOf, type PrefetchStore } from './store.ts';

/** How soon a replica takes over what another one has left. */
const LEASE_MS = 5_000;
const IDLE_MS = 1_000;
const TIDY_EVERY_MS = 60_000;

export type RunnerOptions = {
  readonly store: PrefetchStore;
  readonly registry: Registry;
  readonly lookAhead: LookAhead;
  /** Wall clock, milliseconds. */
  readonly wallNow: () => number;
  readonly onResult: RunParts['onResult'];
  readonly log: Logger;
};

export type Runner = {
  /** Looks at once whether there is something to do. */
  readonly wake: () => void;
  /** True while one is run here. */
  readonly isRunning: () => boolean;
  /** Does not look up someone who waits for it here. */
  readonly forget: (person: Person) => void;
  /** Resolves when those under way are finished and the others can be taken over. */
  readonly stop: () => Promise<void>;
};

/** Runs prefetches, one at a time among all replicas, whoever sends first in front: there is one budget for all. */
export function startRunner(options: RunnerOptions): Runner {
  const { store, registry, wallNow, log } = options;
  const onUnexpected = (error: unknown): void => log.error({ err: error }, 'unexpected error');
  const owner = randomUUID();
  const stopping = new AbortController();
  let woken = new AbortController();
  let running: Run | null = null;
  let tidiedAtMs = Number.NEGATIVE_INFINITY;

  const take = (id: string): Promise<boolean> => store.leases.take(keysOf(id).job, owner, LEASE_MS);

  const next = (): Promise<Next | null> => pickNext(store, registry.index().jobs, wallNow());

  const run = async ({ listed, job, wish, progress }: Open): Promise<void> => {
    const current = await Run.open(job, progress, {
      ...options,
      wishNumber: wish.number,
      keepMs: () => keepMsOf(listed, wallNow()),
      renew: () => take(job.id),
      shouldStop: async () => !isRun(await next(), job.id),
      onUnexpected,
    });
    running = current;
    // Whoever stops it while it is opened has not found it yet.
    if (stopping.signal.aborted) current.stop('asked');
    if (progress === null) log.info({ prefetch: job.id, people: job.audience.users }, 'prefetch begun');
    const end = await current.run();
    running = null;
    if (end === 'blocked') log.warn({ prefetch: job.id, reason: current.blocked }, 'prefetch paused');
    if (end === 'lost') log.warn({ prefetch: job.id }, 'prefetch taken over by another replica');
    if (end !== 'done') return;
    await finish(store, registry, job.id, current.chunkCount, { as: 'done', atMs: wallNow() });
    log.info({ prefetch: job.id }, 'prefetch done');
  };

  const end = async ({
    open: { job, progress },
    as,
    atMs,
  }: Extract<Next, { kind: 'end' }>): Promise<void> => {
    await finish(store, registry, job.id, chunkCountOf(job, progress), { as, atMs });
    log.info({ prefetch: job.id, reason: as }, 'prefetch cancelled');
  };

  /** False if there is nothing to do here. */
  const step = async (): Promise<boolean> => {
    const now = wallNow();
    if (now - tidiedAtMs >= TIDY_EVERY_MS) {
      tidiedAtMs = now;
      await tidy(store, registry, now);
    }
    const picked = await next();
    if (!picked || !(await take(picked.open.job.id))) return false;
    try {
      // It may have gone on elsewhere, and ended, until a moment ago.
      await registry.read();
      const again = await next();
      if (again?.open.job.id !== picked.open.job.id) return true;
      await (again.kind === 'run' ? run(again.open) : end(again));
    } finally {
      running = null;
      await store.leases.release(keysOf(picked.open.job.id).job, owner).catch(() => {});
    }
    return true;
  };

  const loop = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      woken = new AbortController();
      const isBusy = await step().catch(() => false);
      if (isBusy) continue;
      const signal = AbortSignal.any([stopping.signal, woken.signal]);
      await sleep(IDLE_MS, undefined, { signal, ref: false }).catch(() => {});
    }
  };

  const looping = loop();
  return {
    wake: () => woken.abort(),
    isRunning: () => running !== null,
    forget: (person) => running?.forget(person),
    stop: async () => {
      stopping.abort();
      running?.stop('asked');
      await looping;
    },
  };
}

function isRun(next: Next | null, id: string): boolean {
  return next?.kind === 'run' && next.open.job.id === id;
}
