import { z } from 'zod';
import type { Person } from './domain/person.ts';
import { type LeaseStore, withLease } from './lease.ts';

/** The store as replicas share it. Every method may reject. */
export type NewsStore = {
  readonly entries: {
    readonly read: (key: string) => string | null | Promise<string | null>;
    readonly write: (key: string, value: string, keepMs: number) => Promise<void>;
  };
  readonly leases: LeaseStore;
};

export type NewsOptions = {
  readonly store: NewsStore;
  /** Called once for each time that any replica, this one included, tells of someone. */
  readonly onForgotten: (person: Person) => void;
  /** Wall clock, milliseconds. */
  readonly wallNow: () => number;
};

export type ForgetNews = {
  /** Resolves when the others can hear it, which they do within a second. Rejects where the store fails. */
  readonly tell: (person: Person) => Promise<void>;
  readonly stop: () => void;
};

const KEY = '=forgotten';
const LISTEN_EVERY_MS = 1_000;
/** The list itself must not know people for long; and a replica may be without the store for some seconds. */
const KEEP_MS = 60_000;

const Items = z.array(z.object({ kind: z.enum(['user_id', 'device_id']), id: z.string(), at: z.number() }));
type Items = z.infer<typeof Items>;

/** Who was forgotten lately: a list in the store, which every replica reads once a second. */
export function startForgetNews({ store, onForgotten, wallNow }: NewsOptions): ForgetNews {
  let heard: ReadonlySet<string> = new Set();
  let lastTold: Promise<void> = Promise.resolve();

  const read = async (): Promise<Items> => parseItems(await store.entries.read(KEY));

  const add = async (person: Person): Promise<void> => {
    const now = wallNow();
    const recent = (await read()).filter(({ at }) => now - at < KEEP_MS);
    await store.entries.write(KEY, JSON.stringify([...recent, { ...person, at: now }]), KEEP_MS);
  };

  const listen = async (): Promise<void> => {
    const items = new Map((await read()).map((item) => [JSON.stringify(item), item]));
    for (const [text, { kind, id }] of items) if (!heard.has(text)) onForgotten({ kind, id });
    heard = new Set(items.keys());
  };

  // Where the store fails, the next time will do; the guard around it has counted the failure.
  const timer = setInterval(() => void listen().catch(() => {}), LISTEN_EVERY_MS).unref();
  return {
    tell: (person) => {
      // One after the other here, so that only replicas have to wait for each other's lease.
      const telling = lastTold.then(() => withLease(store.leases, KEY, () => add(person)));
      lastTold = telling.catch(() => {});
      return telling;
    },
    stop: () => clearInterval(timer),
  };
}

/** None for what this version cannot read. */
function parseItems(text: string | null): Items {
  try {
    return Items.parse(JSON.parse(text ?? '[]'));
  } catch {
    return [];
  }
}
