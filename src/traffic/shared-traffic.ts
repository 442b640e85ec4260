import { randomUUID } from 'node:crypto';
import type { TrafficRecorder } from './recorder.ts';
import { dropOld, mergeSnapshots, NO_TRAFFIC, parseSnapshot, type TrafficSnapshot } from './snapshot.ts';

/** Where snapshots are kept. Every method may reject. */
export type TrafficStore = {
  readonly read: (key: string) => string | null | Promise<string | null>;
  readonly write: (key: string, value: string, keepMs: number) => Promise<void>;
  readonly claim: (key: string, value: string, keepMs: number) => Promise<string>;
  readonly remove: (key: string) => Promise<void>;
};

export type SharedTraffic = {
  /** What all replicas saw, this one as of now; of this one alone where the store does not answer. */
  readonly ofAll: () => Promise<TrafficSnapshot>;
  readonly ofThis: () => TrafficSnapshot;
  /** The number of this replica's place; null as long as it has none. */
  readonly slot: () => number | null;
  /** Tells the others a last time, and gives up its place. Safe to call twice. */
  readonly stop: () => Promise<void>;
};

/** Places for replicas, each found by its number, since a store's keys cannot be listed. */
export const SLOTS = 32;
const PUBLISH_EVERY_MS = 10_000;
/** A place whose replica has not been heard of for so long is another one's, which goes on from what it said. */
const CLAIM_MS = 45_000;
const KEEP_MS = 26 * 3_600_000;

/**
 * Keeps what this replica has seen in the store, so that all can tell what all saw, and a restart forgets little. Each
 * has a place of its own there.
 */
export function startSharedTraffic(
  recorder: TrafficRecorder,
  store: TrafficStore,
  wallNow: () => number,
): SharedTraffic {
  const owner = randomUUID();
  let slot: number | null = null;
  let published = '';

  const readSnapshot = async (index: number): Promise<TrafficSnapshot | null> => {
    const text = await store.read(snapshotKey(index));
    return text === null ? null : parseSnapshot(text);
  };

  const takeSlot = async (): Promise<void> => {
    for (let index = 0; index < SLOTS && slot === null; index += 1) {
      if ((await store.claim(claimKey(index), owner, CLAIM_MS)) !== owner) continue;
      slot = index;
      const earlier = await readSnapshot(index);
      if (earlier) recorder.adopt(mergeSnapshots([earlier, recorder.snapshot()]));
    }
  };

  const publish = async (): Promise<void> => {
    if (slot === null) await takeSlot();
    if (slot === null) return;
    if ((await store.claim(claimKey(slot), owner, CLAIM_MS)) !== owner) {
      // Another took it while this process slept, and what was told of here is now for the other to tell.
      slot = null;
      published = '';
      recorder.adopt(NO_TRAFFIC);
      return;
    }
    await store.write(claimKey(slot), owner, CLAIM_MS);
    const text = JSON.stringify(recorder.snapshot());
    if (text === published) return;
    await store.write(snapshotKey(slot), text, KEEP_MS);
    published = text;
  };

  // What the store fails to take, the guard around it has counted; the next time will do.
  let publishing = Promise.resolve();
  const timer = setInterval(() => {
    publishing = publishing.then(publish).catch(() => {});
  }, PUBLISH_EVERY_MS).unref();

  const readOthers = async (): Promise<TrafficSnapshot[]> => {
    const others = Array.from({ length: SLOTS }, (_, index) => index).filter((index) => index !== slot);
    const snapshots = await Promise.all(others.map(readSnapshot));
    return snapshots.filter((one) => one !== null);
  };

  return {
    ofThis: recorder.snapshot,
    slot: () => slot,
    ofAll: async () => {
      const others = await readOthers().catch(() => []);
      return dropOld(mergeSnapshots([recorder.snapshot(), ...others]), wallNow());
    },
    stop: async () => {
      clearInterval(timer);
      await publishing;
      if (slot === null) return;
      // It may have closed before; what is kept there holds as well without.
      await publish().catch(() => {});
      if (slot !== null) await store.remove(claimKey(slot)).catch(() => {});
      slot = null;
    },
  };
}

function claimKey(slot: number): string {
  return `traffic-claim\n${slot}`;
}

function snapshotKey(slot: number): string {
  return `traffic\n${slot}`;
}
