import { describe, expect, it } from 'vitest';
import type { Person } from '../../src/domain/person.ts';
import type { Pin, PinKey } from '../../src/domain/pin.ts';
import { createPins, type Pins, pinPrefixOf } from '../../src/pins/pins.ts';
import { createSharedStore, type SharedStore } from '../profile/shared-store.ts';
import { createClock } from '../support/clock.ts';

const MINUTE_MS = 60_000;
const ANN: Person = { kind: 'user_id', id: 'ann' };
const KEY: PinKey = { placement: 'hero', person: ANN, campaign: 'weekly' };

function open() {
  const clock = createClock();
  const store = createSharedStore(clock);
  /** A process that begins, with nothing in memory. */
  const start = (options: { isShared?: boolean; cacheBytes?: number } = {}): Pins =>
    createPins({
      ...{ store: store.entries, isShared: true, cacheBytes: 1_000_000, wallNow: clock.wall },
      ...options,
    });
  /** A pin made now, told from others by its one item. */
  const pin = (item: string, change: Partial<Pin> = {}): Pin => ({
    reason: 'recommended',
    itemIds: [item],
    urls: [`https://www.example.com/${item}`],
    channel: null,
    pinnedAtMs: clock.wall(),
    untilMs: clock.wall() + 60 * MINUTE_MS,
    ...change,
  });
  const fallback = (): Pin => pin('base', { reason: 'timeout', untilMs: clock.wall() + MINUTE_MS });
  return { clock, store, start, pin, fallback };
}

/** The item of the pin that holds. */
const find = async (pins: Pins, key = KEY) => (await pins.find(key))?.itemIds[0] ?? null;
const item = async (committed: Promise<Pin>) => (await committed).itemIds[0];

function count(store: SharedStore, operation: string): number {
  return store.asked.filter((asked) => asked === operation).length;
}

describe('a pin', () => {
  it('is at hand where it was made, and found after a restart', async () => {
    const { start, pin } = open();
    const pins = start();
    const made = pin('a');
    expect(await pins.find(KEY)).toBeNull();
    expect(await pins.commit(KEY, made, null)).toBe(made);
    expect(pins.find(KEY)).toBe(made);
    expect(await start().find(KEY)).toEqual(made);
  });

  it.each<readonly [string, Partial<PinKey>]>([
    ['placement', { placement: 'strip' }],
    ['campaign', { campaign: 'daily' }],
    ['campaign, in another case', { campaign: 'Weekly' }],
    ['person', { person: { kind: 'user_id', id: 'bob' } }],
    ['person, in another case', { person: { kind: 'user_id', id: 'Ann' } }],
    ['kind of id', { person: { kind: 'device_id', id: 'ann' } }],
  ])('belongs to one %s', async (_what, change) => {
    const { start, pin } = open();
    const pins = start();
    await pins.commit(KEY, pin('a'), null);
    expect(await find(pins, { ...KEY, ...change })).toBeNull();
    expect(await find(start(), { ...KEY, ...change })).toBeNull();
  });

  it('ends with its time', async () => {
    const { clock, start, pin } = open();
    const [here, there] = [start(), start()];
    await here.commit(KEY, pin('a', { untilMs: clock.wall() + MINUTE_MS }), null);
    clock.advance(MINUTE_MS - 1);
    expect([await find(here), await find(there)]).toEqual(['a', 'a']);
    clock.advance(1);
    expect([await find(here), await find(there)]).toEqual([null, null]);
    expect(await item(here.commit(KEY, pin('b'), null))).toBe('b');
    expect(await find(there)).toBe('b');
  });

  it('that ended by the clock here, and not yet by that of the store, gives way', async () => {
    const { store, start, pin, clock } = open();
    await store.entries.write(
      `${pinPrefixOf(ANN)}hero\nweekly`,
      `{"v":1,"r":"timeout","i":["late"],"u":[],"c":null,"t":[1,${clock.wall()}]}`,
      MINUTE_MS,
    );
    expect(await item(start().commit(KEY, pin('a'), null))).toBe('a');
    expect(await find(start())).toBe('a');
  });

  it('that this version cannot read gives way', async () => {
    const { store, start, pin } = open();
    await store.entries.write(`${pinPrefixOf(ANN)}hero\nweekly`, '{"v":2}', MINUTE_MS);
    const pins = start();
    expect(await find(pins)).toBeNull();
    expect(await item(pins.commit(KEY, pin('a'), null))).toBe('a');
    expect(await find(start())).toBe('a');
  });

  it('is not asked for again where nobody else pins', async () => {
    const { store, clock, start, pin, fallback } = open();
    const pins = start({ isShared: false });
    await pins.commit(KEY, pin('a'), null);
    await pins.commit({ ...KEY, campaign: 'daily' }, fallback(), null);
    clock.advance(59_000);
    expect([await find(pins), await find(pins, { ...KEY, campaign: 'daily' })]).toEqual(['a', 'base']);
    expect(count(store, 'entries.read')).toBe(0);
  });
});

describe('calls at the same time', () => {
  it('in one process get what the first of them pins, for one write', async () => {
    const { store, start, pin } = open();
    const pins = start();
    const all = Array.from({ length: 20 }, (_, index) => item(pins.commit(KEY, pin(`i${index}`), null)));
    expect(new Set(await Promise.all(all))).toEqual(new Set(['i0']));
    expect(count(store, 'entries.claim')).toBe(1);
  });

  it('in two replicas get the same', async () => {
    const { start, pin } = open();
    const replicas = [start(), start()];
    const all = Array.from({ length: 20 }, (_, index) =>
      item((replicas[index % 2] as Pins).commit(KEY, pin(`i${index}`), null)),
    );
    expect(new Set(await Promise.all(all)).size).toBe(1);
    expect(await Promise.all(replicas.map((pins) => find(pins)))).toEqual(await Promise.all(all.slice(0, 2)));
  });

  it('see no pin that the store does not have yet', async () => {
    const { store, start, pin } = open();
    const pins = start();
    const committing = pins.commit(KEY, pin('a'), null);
    const found = pins.find(KEY);
    expect(found).toBeInstanceOf(Promise);
    expect(((await found) as Pin).itemIds).toEqual(['a']);
    expect(await store.entries.read(`${pinPrefixOf(ANN)}hero\nweekly`)).toContain('"a"');
    await committing;
  });
});

describe('a pin to be replaced', () => {
  it('is so, here and for others who begin', async () => {
    const { start, pin, fallback } = open();
    const pins = start();
    const before = await pins.commit(KEY, fallback(), null);
    expect(await item(pins.commit(KEY, pin('a'), before))).toBe('a');
    expect([await find(pins), await find(start())]).toEqual(['a', 'a']);
  });

  it('is so once, where two want it at the same time', async () => {
    const { start, pin, fallback } = open();
    const pins = start();
    const before = await pins.commit(KEY, fallback(), null);
    const both = ['a', 'b', 'c'].map((one) => item(pins.commit(KEY, pin(one), before)));
    expect(await Promise.all(both)).toEqual(['a', 'a', 'a']);
    expect(await find(start())).toBe('a');
  });

  it('stays where another took its place meanwhile', async () => {
    const { start, pin, fallback } = open();
    const pins = start();
    const before = await pins.commit(KEY, fallback(), null);
    await pins.commit(KEY, pin('a'), before);
    expect(await item(pins.commit(KEY, pin('b'), before))).toBe('a');
  });

  it('is not replaced after its time, when another may be there', async () => {
    const { clock, start, pin, fallback } = open();
    const [here, there] = [start(), start()];
    const before = await here.commit(KEY, fallback(), null);
    clock.advance(MINUTE_MS);
    await there.commit(KEY, pin('a'), null);
    expect(await item(here.commit(KEY, pin('b'), before))).toBe('a');
  });

  it('holds for as long as it says, however long after it was made', async () => {
    const { clock, start, pin } = open();
    const pins = start();
    const before = await pins.commit(KEY, pin('a'), null);
    clock.advance(30 * MINUTE_MS);
    await pins.commit(KEY, { ...before, itemIds: ['b'] }, before);
    clock.advance(30 * MINUTE_MS - 1);
    expect(await find(start())).toBe('b');
    clock.advance(1);
    expect(await find(start())).toBeNull();
  });

  it('is seen by another replica at once where it was a fallback, and within seconds where it was not', async () => {
    const { clock, start, pin, fallback } = open();
    const [here, there] = [start(), start()];
    const first = await here.commit(KEY, fallback(), null);
    expect(await find(there)).toBe('base');
    const second = await here.commit(KEY, pin('a'), first);
    expect(await find(there)).toBe('a');
    await here.commit(KEY, pin('b'), second);
    expect(await find(there)).toBe('a');
    clock.advance(10_000);
    expect(await find(there)).toBe('b');
  });
});

describe('without the store', () => {
  it.each(['down', 'deaf'] as const)('a pin holds where it was made (%s)', async (mode) => {
    const { store, start, pin } = open();
    const pins = start();
    store.mode = mode;
    expect(await item(pins.commit(KEY, pin('a'), null))).toBe('a');
    expect(await item(pins.commit(KEY, pin('b'), null))).toBe('a');
    expect([await find(pins), await find(start())]).toEqual(['a', null]);
  });

  it('a pin that was made before holds on', async () => {
    const { clock, store, start, pin } = open();
    const pins = start();
    await pins.commit(KEY, pin('a'), null);
    store.mode = 'down';
    clock.advance(30 * MINUTE_MS);
    expect([await find(pins), await find(start())]).toEqual(['a', null]);
  });

  it('what was pinned is in it as soon as it is back and the pin is asked for', async () => {
    const { store, start, pin } = open();
    const pins = start();
    store.mode = 'down';
    await pins.commit(KEY, pin('a'), null);
    store.mode = 'up';
    expect(await find(start())).toBeNull();
    expect(await find(pins)).toBe('a');
    expect(await find(start())).toBe('a');
  });

  it('replicas may differ, and agree again when it is back', async () => {
    const { store, start, pin } = open();
    const [here, there] = [start(), start()];
    store.mode = 'down';
    await here.commit(KEY, pin('a'), null);
    await there.commit(KEY, pin('b'), null);
    expect([await find(here), await find(there)]).toEqual(['a', 'b']);
    store.mode = 'up';
    expect([await find(there), await find(here)]).toEqual(['b', 'b']);
  });

  it('what it lost is decided again', async () => {
    const { clock, store, start, pin } = open();
    const pins = start();
    await pins.commit(KEY, pin('a'), null);
    store.wipe();
    clock.advance(10_000);
    expect(await find(pins)).toBeNull();
    expect(await item(pins.commit(KEY, pin('b'), null))).toBe('b');
  });
});

describe('memory', () => {
  it('forgets one person, of all placements and campaigns, and nobody else', async () => {
    const { store, start, pin } = open();
    const pins = start();
    const keys = [KEY, { ...KEY, placement: 'strip' }, { ...KEY, campaign: 'daily' }];
    const others: Person[] = [
      { kind: 'device_id', id: 'ann' },
      { kind: 'user_id', id: 'anna' },
    ];
    for (const key of keys) await pins.commit(key, pin('a'), null);
    for (const person of others) await pins.commit({ ...KEY, person }, pin('b'), null);
    store.mode = 'down';
    pins.forget(ANN);
    for (const key of keys) expect(await find(pins, key)).toBeNull();
    for (const person of others) expect(await find(pins, { ...KEY, person })).toBe('b');
  });

  it('is bounded, also for one person, and the store has the rest', async () => {
    const { store, start, pin } = open();
    const pins = start({ cacheBytes: 60_000 });
    const keyOf = (index: number): PinKey => ({ ...KEY, campaign: `c${index}` });
    for (let index = 0; index < 60; index += 1) await pins.commit(keyOf(index), pin(`i${index}`), null);
    store.mode = 'down';
    expect([await find(pins, keyOf(0)), await find(pins, keyOf(59))]).toEqual([null, 'i59']);
    store.mode = 'up';
    expect(await find(pins, keyOf(0))).toBe('i0');

    const people = Array.from({ length: 200 }, (_, index): Person => ({ kind: 'user_id', id: `p${index}` }));
    for (const person of people) await pins.commit({ ...KEY, person }, pin('a'), null);
    store.mode = 'down';
    const kept = await Promise.all(people.map((person) => find(pins, { ...KEY, person })));
    expect(kept.filter((one) => one !== null).length).toBeLessThan(100);
    expect(kept.at(-1)).toBe('a');
  });
});
