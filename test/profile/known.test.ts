import { describe, expect, it } from 'vitest';
import type { KnownLookup } from '../../src/domain/freshness.ts';
import { NO_TRAITS } from '../../src/domain/profile.ts';
import { createKnownPeople, type KnownPeople } from '../../src/profile/known.ts';
import { createClock, type ManualClock } from '../support/clock.ts';
import { createSharedStore, type SharedStore } from './shared-store.ts';

const TREATMENT: KnownLookup = { status: 'found', isControl: false, items: ['a'], traits: NO_TRAITS };
const OTHER_ITEMS: KnownLookup = { ...TREATMENT, items: ['b'] };
const CONTROL: KnownLookup = { status: 'found', isControl: true, items: [], traits: NO_TRAITS };
const UNKNOWN: KnownLookup = { status: 'unknown_user' };
const KEEP_MS = 60_000;

const HOLDS_UNTIL: Readonly<Record<string, number>> = {
  short: Date.UTC(2026, 10, 27, 1),
  long: Date.UTC(2026, 10, 27, 2),
};
const untilMs = (hold: string): number | null => HOLDS_UNTIL[hold] ?? null;
const HOLDS = { untilMs, atLeastUntilMs: untilMs, atMostUntilMs: untilMs };

type Replica = KnownPeople & { readonly flips: () => number };

function openReplica(store: SharedStore, clock: ManualClock, cacheBytes = 1_000_000): Replica {
  let flips = 0;
  const onArmFlip = () => {
    flips += 1;
  };
  const known = createKnownPeople({
    store: store.entries,
    holds: HOLDS,
    cacheBytes,
    keepMs: () => KEEP_MS,
    clock,
    onArmFlip,
  });
  return { ...known, flips: () => flips };
}

function open() {
  const clock = createClock();
  const store = createSharedStore(clock);
  return { clock, store, first: openReplica(store, clock), second: openReplica(store, clock) };
}

describe('what is learned', () => {
  it('is in memory at once, and elsewhere when it is written', async () => {
    const { clock, first, second } = open();
    const learning = first.learn('ann', TREATMENT);
    expect(first.inMemory('ann')).toEqual({ lookup: TREATMENT, saidAtMs: clock.wall(), hold: null });
    await learning;
    expect(second.inMemory('ann')).toBeNull();
    expect(await second.anywhere('ann')).toEqual({ lookup: TREATMENT, saidAtMs: clock.wall(), hold: null });
    expect(second.inMemory('ann')?.lookup).toEqual(TREATMENT);
  });

  it('replaces what was known', async () => {
    const { clock, first, second } = open();
    await first.learn('ann', TREATMENT);
    await second.anywhere('ann');
    clock.advance(1_000);
    await first.learn('ann', OTHER_ITEMS);
    expect((await second.anywhere('ann'))?.lookup).toEqual(OTHER_ITEMS);
  });

  it('is not replaced by something older from the store', async () => {
    const { clock, store, first, second } = open();
    await first.learn('ann', TREATMENT);
    clock.advance(1_000);
    store.mode = 'down';
    await second.learn('ann', OTHER_ITEMS);
    store.mode = 'up';
    expect((await second.anywhere('ann'))?.lookup).toEqual(OTHER_ITEMS);
  });

  it('is kept by the store for as long as anybody may use it', async () => {
    const { clock, first, second } = open();
    await first.learn('ann', TREATMENT);
    clock.advance(KEEP_MS);
    expect(await second.anywhere('ann')).toBeNull();
  });

  it.each(['down', 'deaf'] as const)('is known here without the store (%s)', async (mode) => {
    const { store, first, second } = open();
    store.mode = mode;
    await first.learn('ann', TREATMENT);
    expect((await first.anywhere('ann'))?.lookup).toEqual(TREATMENT);
    expect(await second.anywhere('ann')).toBeNull();
  });

  it('is not read from what another version wrote', async () => {
    const { store, second } = open();
    await store.entries.write('ann', '{"v":2,"at":1,"s":"unknown_user"}', KEEP_MS);
    await store.entries.write('bob', 'no JSON', KEEP_MS);
    expect([await second.anywhere('ann'), await second.anywhere('bob')]).toEqual([null, null]);
  });
});

describe('what a prefetch keeps', () => {
  const holdOf = (replica: Replica) => replica.inMemory('ann')?.hold;
  const HOUR_MS = 3_600_000;

  it('is what was found for it, here and elsewhere, for as long as it may be needed', async () => {
    const { clock, store, first, second } = open();
    await first.learn('ann', UNKNOWN, 'long');
    expect([holdOf(first), (await second.anywhere('ann'))?.hold]).toEqual(['long', 'long']);
    clock.advance(2 * HOUR_MS - 1);
    expect(await store.entries.read('ann')).not.toBeNull();
    clock.advance(1);
    expect(await store.entries.read('ann')).toBeNull();
  });

  it('is also what was known before, from when that was said', async () => {
    const { clock, first, second } = open();
    await first.learn('ann', TREATMENT);
    await second.anywhere('ann');
    const saidAtMs = clock.wall();
    clock.advance(1_000);
    expect(await first.keepFor('ann', 'long')).toBe(true);
    expect(first.inMemory('ann')).toEqual({ lookup: TREATMENT, saidAtMs, hold: 'long' });
    expect(await second.anywhere('ann')).toEqual({ lookup: TREATMENT, saidAtMs, hold: 'long' });
  });

  it('stays with the one that keeps it for longer', async () => {
    const { first } = open();
    await first.learn('ann', TREATMENT, 'short');
    await first.keepFor('ann', 'long');
    expect(holdOf(first)).toBe('long');
    expect(await first.keepFor('ann', 'short')).toBe(true);
    expect(holdOf(first)).toBe('long');
  });

  it.each([
    ['while that goes on', HOUR_MS - 1, 'short'],
    ['not when it is over', HOUR_MS, null],
  ])('is what is said later too, %s', async (_case, afterMs, hold) => {
    const { clock, first } = open();
    await first.learn('ann', TREATMENT, 'short');
    clock.advance(afterMs);
    await first.learn('ann', CONTROL);
    expect(first.inMemory('ann')).toEqual({ lookup: CONTROL, saidAtMs: clock.wall(), hold });
  });

  it.each(['down', 'deaf'] as const)('counts as kept only when the store has it (%s)', async (mode) => {
    const { store, first, second } = open();
    store.mode = mode;
    await first.learn('ann', TREATMENT, 'long');
    expect(await first.keepFor('ann', 'long')).toBe(false);
    store.mode = 'up';
    expect(await first.keepFor('ann', 'long')).toBe(true);
    expect((await second.anywhere('ann'))?.hold).toBe('long');
  });

  it('is written once', async () => {
    const { store, first } = open();
    const learning = first.learn('ann', TREATMENT, 'long');
    expect(await first.keepFor('ann', 'long')).toBe(true);
    await learning;
    expect(await first.keepFor('ann', 'long')).toBe(true);
    expect(store.asked.filter((asked) => asked === 'entries.write')).toHaveLength(1);
  });

  it('is nothing where nobody is known', async () => {
    const { first } = open();
    expect(await first.keepFor('ann', 'long')).toBe(false);
  });
});

describe('a person who moves between the arms', () => {
  it.each<[string, KnownLookup, KnownLookup, number]>([
    ['from treatment to control', TREATMENT, CONTROL, 1],
    ['from control to treatment', CONTROL, TREATMENT, 1],
    ['to other items', TREATMENT, OTHER_ITEMS, 0],
    ['nowhere', CONTROL, CONTROL, 0],
    ['from unknown to treatment', UNKNOWN, TREATMENT, 0],
    ['from control to unknown', CONTROL, UNKNOWN, 0],
  ])('%s is counted so often', async (_case, before, after, count) => {
    const { first } = open();
    await first.learn('ann', before);
    await first.learn('ann', after);
    expect(first.flips()).toBe(count);
  });

  it('is counted once, by the replica that was told', async () => {
    const { clock, first, second } = open();
    await first.learn('ann', TREATMENT);
    await second.anywhere('ann');
    clock.advance(1_000);
    await first.learn('ann', CONTROL);
    await second.anywhere('ann');
    expect([first.flips(), second.flips()]).toEqual([1, 0]);
  });

  it('is counted also by a replica that knew them from the store only', async () => {
    const { first, second } = open();
    await first.learn('ann', TREATMENT);
    await second.anywhere('ann');
    await second.learn('ann', CONTROL);
    expect([first.flips(), second.flips()]).toEqual([0, 1]);
  });
});

describe('the memory', () => {
  it('is bounded, and says how much is in it', async () => {
    const { clock, store } = open();
    const small = openReplica(store, clock, 10_000);
    for (let person = 0; person < 500; person += 1) await small.learn(`person-${person}`, TREATMENT);
    const { entries, bytes } = small.size();
    expect(bytes).toBeLessThanOrEqual(10_000);
    expect(entries).toBeGreaterThan(10);
    expect([small.inMemory('person-0'), small.inMemory('person-499')?.lookup]).toEqual([null, TREATMENT]);
  });

  it('counts what a person with many traits takes', async () => {
    const { first } = open();
    await first.learn('ann', TREATMENT);
    const { bytes } = first.size();
    const traits = { ...NO_TRAITS, properties: { biography: 'x'.repeat(10_000) } };
    await first.learn('bob', { ...TREATMENT, traits });
    expect(first.size().bytes - bytes).toBeGreaterThan(10_000);
  });
});

describe('forgetting someone', () => {
  const keyOf = (kind: string, id: string, project: string, recommendation: string) =>
    `${project}\n${kind}\n${id}\n${recommendation}`;

  it('leaves nothing of them in memory, whatever was asked, and all of everyone else', async () => {
    const { store, first, second } = open();
    const places = ['', 'shop'].flatMap((project) => ['r1', 'r2'].map((one) => [project, one] as const));
    const keys = places.map((place) => keyOf('user_id', 'ann', ...place));
    const others = places.flatMap((place) => [
      keyOf('device_id', 'ann', ...place),
      keyOf('user_id', 'anna', ...place),
    ]);
    for (const key of [...keys, ...others]) await first.learn(key, TREATMENT);
    for (const key of [...keys, ...others]) await second.anywhere(key);
    store.mode = 'down';
    for (const known of [first, second]) {
      known.forget({ kind: 'user_id', id: 'ann' });
      expect(keys.map((key) => known.inMemory(key))).toEqual(Array(4).fill(null));
      expect(others.filter((key) => known.inMemory(key) === null)).toEqual([]);
    }
  });
});
