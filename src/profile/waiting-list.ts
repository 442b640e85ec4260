import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { Person } from '../domain/person.ts';
import type { UnavailableReason } from '../domain/profile.ts';

/** Braze retries for some minutes; after that nobody waits, and a look-up would log an exposure for nothing. */
const KEEP_MS = 15 * 60_000;

/** How often an empty list is looked at. */
const IDLE_MS = 250;
/** How soon someone is tried again who was refused for want of budget. */
const REFUSED_MS = 100;
const BATCH = 32;

/** Where the waiting people are kept. Every method may reject. */
export type WaitingStore = {
  readonly add: (key: string, value: string, keepMs: number) => Promise<boolean>;
  readonly take: (most: number) => Promise<readonly { readonly key: string; readonly value: string }[]>;
  readonly remove: (key: string) => Promise<void>;
};

/** What somebody waits for. */
export type Wait = {
  readonly placement: string;
  readonly person: Person;
  /** With it, the decision is pinned as soon as it can be made. */
  readonly campaign: string | null;
  /** `live` for whoever is asked for again any moment, `refresh` where that takes a while. */
  readonly priority: 'live' | 'refresh';
};

export type WaitingListOptions = {
  readonly store: WaitingStore;
  /** Looks someone up; the reason if that failed. */
  readonly lookUp: (wait: Wait) => Promise<UnavailableReason | null>;
  /** The wall clock, in milliseconds: who waits may outlive the process. */
  readonly wallNow: () => number;
  readonly onUnexpected: (error: unknown) => void;
};

export type WaitingList = {
  /**
   * Waits from now on, once, however often they are added. False if too many wait. Rejects where the store fails, and keeps
   * nobody.
   */
  readonly add: (wait: Wait) => Promise<boolean>;
  /** Whether somebody is being looked up here, or would be if there were budget. */
  readonly isBusy: () => boolean;
  /** Nobody waits for this person any more. Rejects where the store fails. */
  readonly remove: (placementNames: readonly string[], person: Person) => Promise<void>;
  /** The same for those who were taken out of the store to be looked up here. */
  readonly forget: (person: Person) => void;
  /** Resolves when those under way are done, and the others are back in the store. */
  readonly stop: () => Promise<void>;
};

const Waiting = z.object({
  placement: z.string(),
  person: z.object({ kind: z.enum(['user_id', 'device_id']), id: z.string() }),
  sinceMs: z.number(),
  campaign: z.string().nullable().default(null),
  priority: z.enum(['live', 'refresh']).default('live'),
});

/** People who were refused for want of budget and will be asked for again: looked up, first come first served, as it frees. */
export function startWaitingList(options: WaitingListOptions): WaitingList {
  const { store, lookUp, wallNow, onUnexpected } = options;
  const stopping = new AbortController();
  /** Whom this process has taken out of the store. */
  const taken = new Map<string, Person>();

  const serve = async (key: string, value: string): Promise<void> => {
    const { sinceMs, ...wait } = Waiting.parse(JSON.parse(value));
    const leftMs = (): number => KEEP_MS - Math.max(0, wallNow() - sinceMs);
    taken.set(key, wait.person);
    while (leftMs() > 0 && taken.has(key)) {
      if (stopping.signal.aborted) return void (await store.add(key, value, leftMs()).catch(() => {}));
      if ((await lookUp(wait)) !== 'throttled') return;
      await pause(REFUSED_MS);
    }
  };

  const serveAll = async (waiting: Awaited<ReturnType<WaitingStore['take']>>): Promise<void> => {
    await Promise.all(waiting.map(({ key, value }) => serve(key, value).catch(onUnexpected)));
    taken.clear();
  };

  const pause = (ms: number): Promise<void> =>
    sleep(ms, undefined, { signal: stopping.signal, ref: false }).catch(() => {});

  /** Nothing that goes wrong with one person, or with the store, may end the service of the others. */
  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      const waiting = await store.take(BATCH).catch(() => []);
      if (waiting.length === 0) await pause(IDLE_MS);
      else await serveAll(waiting);
    }
  };

  const running = run();
  return {
    add: (wait) => {
      const waiting: z.input<typeof Waiting> = { ...wait, sinceMs: wallNow() };
      return store.add(keyOf(wait.placement, wait.person), JSON.stringify(waiting), KEEP_MS);
    },
    isBusy: () => taken.size > 0,
    remove: async (placementNames, person) => {
      await Promise.all(placementNames.map((name) => store.remove(keyOf(name, person))));
    },
    forget: ({ kind, id }) => {
      for (const [key, person] of taken) if (person.kind === kind && person.id === id) taken.delete(key);
    },
    stop: async () => {
      stopping.abort();
      await running;
    },
  };
}

function keyOf(placementName: string, { kind, id }: Person): string {
  return `${placementName}\n${kind}\n${id}`;
}
