import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { Person } from './domain/person.ts';

/** The store as far as forgetting needs it. Every method may reject. */
export type ForgetStore = {
  /** True if other processes keep people in the same store. */
  readonly isShared: boolean;
  readonly entries: {
    readonly read: (key: string) => string | null | Promise<string | null>;
    readonly write: (key: string, value: string, keepMs: number) => Promise<void>;
    readonly removeAll: (prefix: string) => Promise<void>;
  };
  readonly leases: {
    readonly take: (key: string, owner: string, holdMs: number) => Promise<boolean>;
    readonly release: (key: string, owner: string) => Promise<void>;
  };
};

export type ForgetOptions = {
  readonly store: ForgetStore;
  /** What keys of the store begin with where they belong to someone. */
  readonly prefixesOf: (person: Person) => readonly string[];
  /** Takes someone out of other places of the store. May reject. */
  readonly removeElsewhere: (person: Person) => Promise<void>;
  /** Forgets what is in this process's memory. */
  readonly forgetHere: (person: Person) => void;
  /** Wall clock, milliseconds. */
  readonly wallNow: () => number;
  readonly onUnexpected: (error: unknown) => void;
};

export type Forgetting = {
  /** Forgets a person in the store, here, and within seconds in every other replica. Rejects where the store fails. */
  readonly forget: (person: Person) => Promise<void>;
  /** Resolves when what goes on behind is over. */
  readonly stop: () => Promise<void>;
};

/** Who was forgotten lately, for the other replicas; it is gone itself after a minute. */
const NEWS_KEY = '=forgotten';
const NEWS_MS = 60_000;
const LISTEN_EVERY_MS = 1_000;

/** Long enough for every replica to have heard, and for look-ups under way to have ended. */
const AGAIN_AFTER_MS = 6_000;

const LEASE_MS = 2_000;
const LEASE_TRIES = 20;
const LEASE_PAUSE_MS = 50;

const News = z.array(z.object({ kind: z.enum(['user_id', 'device_id']), id: z.string(), at: z.number() }));
type News = z.infer<typeof News>;

/** Forgets people everywhere: what Amplitude said of them, their pins, their place on the waiting list. */
export function startForgetting(options: ForgetOptions): Forgetting {
  const { store, prefixesOf, removeElsewhere, forgetHere, wallNow, onUnexpected } = options;
  const stopping = new AbortController();
  const pending = new Set<Promise<void>>();

  const remove = async (person: Person): Promise<void> => {
    forgetHere(person);
    for (const prefix of prefixesOf(person)) await store.entries.removeAll(prefix);
    await removeElsewhere(person);
  };

  /** What was under way when somebody was forgotten may have written once more. */
  const removeAgain = async (person: Person): Promise<void> => {
    await sleep(AGAIN_AFTER_MS, undefined, { signal: stopping.signal, ref: false }).catch(() => {});
    await remove(person);
  };

  const readNews = async (): Promise<News> => {
    const text = await store.entries.read(NEWS_KEY);
    const parsed = News.safeParse(text === null ? [] : JSON.parse(text));
    return (parsed.data ?? []).filter(({ at }) => wallNow() - at < NEWS_MS);
  };

  const tellOthers = (person: Person): Promise<void> =>
    withLease(store, async () => {
      const news = [...(await readNews()), { ...person, at: wallNow() }];
      await store.entries.write(NEWS_KEY, JSON.stringify(news), NEWS_MS);
    });

  const listen = async (): Promise<void> => {
    // Each is heard for a minute, so that what a look-up under way has brought is forgotten too.
    for (const { kind, id } of await readNews()) forgetHere({ kind, id });
  };

  const timer = store.isShared ? setInterval(() => void listen().catch(() => {}), LISTEN_EVERY_MS) : null;
  timer?.unref();

  return {
    forget: async (person) => {
      if (store.isShared) await tellOthers(person);
      await remove(person);
      const again = removeAgain(person)
        .catch(onUnexpected)
        .finally(() => pending.delete(again));
      pending.add(again);
    },
    stop: async () => {
      if (timer) clearInterval(timer);
      stopping.abort();
      await Promise.all(pending);
    },
  };
}

/** One at a time among all replicas. */
async function withLease({ leases }: ForgetStore, work: () => Promise<void>): Promise<void> {
  const owner = randomUUID();
  for (let tries = 0; !(await leases.take(NEWS_KEY, owner, LEASE_MS)); tries += 1) {
    if (tries === LEASE_TRIES) throw new Error('other replicas are forgetting people without end');
    await sleep(LEASE_PAUSE_MS);
  }
  try {
    await work();
  } finally {
    await leases.release(NEWS_KEY, owner);
  }
}
