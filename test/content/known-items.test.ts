import { describe, expect, it } from 'vitest';
import type { Item } from '../../src/content/item.ts';
import { createKnownItems, type ItemStore } from '../../src/content/known-items.ts';
import { createMemoryStore } from '../../src/store/memory.ts';
import { createClock } from '../support/clock.ts';
import { DAY_MS, DECLARATION, MINUTE_MS } from './controlled-source.ts';

const itemOf = (id: string, title = id): Item => ({ id, values: [title] });

function open(change: Partial<typeof DECLARATION> = {}) {
  const clock = createClock();
  const inner = createMemoryStore({ now: clock.monotonic }).entries;
  const writes: { readonly key: string; readonly value: string; readonly keepMs: number }[] = [];
  const store: ItemStore = {
    read: inner.read,
    write: (key, value, keepMs) => {
      writes.push({ key, value, keepMs });
      return inner.write(key, value, keepMs);
    },
  };
  const start = () =>
    createKnownItems({ declaration: { ...DECLARATION, ...change }, store, wallNow: clock.wall });
  return { clock, writes, start, known: start() };
}

describe('what is known of an item', () => {
  it('is in memory at once, and in the store for as long as it may be shown', () => {
    const { clock, writes, known } = open();
    known.learn(null, 'a', itemOf('a'));
    expect(known.inMemory(null, 'a')).toEqual({ item: itemOf('a'), saidAtMs: clock.wall() });
    expect(writes.map(({ keepMs }) => keepMs)).toEqual([7 * DAY_MS]);
  });

  it('is known to others that share the store, gaps too', async () => {
    const { known, start } = open();
    known.learn(null, 'a', itemOf('a'));
    known.learn('de', 'a', 'not_found');
    const other = start();
    expect(other.inMemory(null, 'a')).toBeNull();
    await other.recall(null, ['a', 'b']);
    await other.recall('de', ['a']);
    expect([other.inMemory(null, 'a')?.item, other.inMemory('de', 'a')?.item]).toEqual([
      itemOf('a'),
      'not_found',
    ]);
    expect([other.inMemory(null, 'b'), other.size()]).toEqual([null, 2]);
  });

  it('holds the values of all languages', async () => {
    const { known, start } = open();
    const item: Item = { id: 'a', values: [{ default: 'Shoe', de: 'Schuh' }] };
    known.learn(null, 'a', item);
    const other = start();
    await other.recall(null, ['a']);
    expect(other.inMemory(null, 'a')?.item).toEqual(item);
  });

  it('is what was said last, here or elsewhere', async () => {
    const { clock, known, start } = open();
    known.learn(null, 'a', itemOf('a', 'old'));
    const other = start();
    await other.recall(null, ['a']);
    clock.advance(MINUTE_MS);
    known.learn(null, 'a', itemOf('a', 'new'));
    await other.recall(null, ['a']);
    expect(other.inMemory(null, 'a')?.item).toEqual(itemOf('a', 'new'));
    clock.advance(MINUTE_MS);
    other.learn(null, 'a', itemOf('a', 'newest'));
    await known.recall(null, ['a']);
    expect(known.inMemory(null, 'a')?.item).toEqual(itemOf('a', 'newest'));
  });

  it('gives way to a gap, also in the store, which keeps that for as long as gaps are remembered', () => {
    const { writes, known } = open();
    known.learn(null, 'a', itemOf('a'));
    known.learn(null, 'a', 'not_found');
    expect(known.inMemory(null, 'a')?.item).toBe('not_found');
    expect(writes.map(({ keepMs }) => keepMs)).toEqual([7 * DAY_MS, MINUTE_MS]);
    expect(writes[0]?.key).toBe(writes[1]?.key);
  });

  it('is kept for a moment where nothing is to be kept, since stores refuse to keep for no time', () => {
    const { writes, known } = open({ staleIfErrorMs: 0, missingMs: 0 });
    known.learn(null, 'a', itemOf('a'));
    known.learn(null, 'a', 'not_found');
    expect(writes.map(({ keepMs }) => keepMs)).toEqual([1_000, 1_000]);
  });

  it('is not given up for an answer that does not tell, which the store never hears of', async () => {
    const { writes, known, start } = open();
    known.learn(null, 'a', itemOf('a'));
    const other = start();
    other.learn(null, 'a', 'source_unavailable');
    expect(other.inMemory(null, 'a')?.item).toBe('source_unavailable');
    await other.recall(null, ['a']);
    other.learn(null, 'a', 'source_unavailable');
    expect([other.inMemory(null, 'a')?.item, writes.length]).toEqual([itemOf('a'), 1]);
  });

  it('is bounded: what was not used for long goes first, and is still in the store', async () => {
    const { known } = open();
    const long = 'x'.repeat(1_000_000);
    for (let index = 0; index < 40; index += 1) {
      known.learn(null, `${index}`, itemOf(`${index}`, long));
      known.inMemory(null, '0');
    }
    expect([known.size() > 20, known.size() < 40]).toEqual([true, true]);
    expect([known.inMemory(null, '0') !== null, known.inMemory(null, '1')]).toEqual([true, null]);
  });
});
