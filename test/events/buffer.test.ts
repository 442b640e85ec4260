import { describe, expect, it, vi } from 'vitest';
import { createBuffer } from '../../src/events/buffer.ts';
import { parseRow } from '../../src/events/row.ts';
import { createMemoryOutbox } from '../../src/store/memory-outbox.ts';
import { settle, useFakeTime } from '../profile/fake-time.ts';

const clock = useFakeTime();

const BOX = 'events:';
const lineFor = (id: string): string => JSON.stringify({ event_type: 'served', user_id: id });

function open() {
  const store = createMemoryOutbox(clock.monotonic);
  const spare = createMemoryOutbox(clock.monotonic);
  const dropped: string[] = [];
  let mood: 'good' | 'gone' | 'slow' | 'full' = 'good';
  let letGo: () => void = () => {};
  const outbox: typeof store = {
    ...store,
    append: async (...args) => {
      if (mood === 'gone') throw new Error('the store is gone');
      if (mood === 'full') return false;
      if (mood === 'slow') await new Promise<void>((resolve) => (letGo = resolve));
      return store.append(...args);
    },
  };
  const buffer = createBuffer({
    ...{ box: BOX, outbox, spare, wallNow: clock.wall },
    onDropped: (why, lines) => dropped.push(...lines.map((line) => `${why} ${JSON.parse(line).user_id}`)),
  });
  const peek = async (some: typeof store) =>
    (await some.peek(BOX, 100_000_000, null)).map(({ value }) =>
      (parseRow(value)?.lines ?? []).map((line) => JSON.parse(line).user_id),
    );
  return {
    buffer,
    dropped,
    add: (...ids: string[]) => {
      for (const id of ids) buffer.add(lineFor(id));
    },
    feel: (next: typeof mood) => {
      mood = next;
    },
    letGo: () => letGo(),
    /** Rows, by the people in them. */
    stored: () => peek(store),
    spared: () => peek(spare),
  };
}

it('puts all that came within a tenth of a second into one row', async () => {
  const { add, stored } = open();
  add('ann', 'bob');
  await vi.advanceTimersByTimeAsync(60);
  add('cat');
  expect(await stored()).toEqual([]);
  await vi.advanceTimersByTimeAsync(40);
  expect(await stored()).toEqual([['ann', 'bob', 'cat']]);
  add('dan');
  await vi.advanceTimersByTimeAsync(100);
  expect(await stored()).toEqual([['ann', 'bob', 'cat'], ['dan']]);
});

it('keeps rows small enough for a store that answers wait for', async () => {
  const { buffer, stored } = open();
  const ids = Array.from({ length: 1_000 }, (_, index) => `${index}`.padStart(400, '0'));
  for (const id of ids) buffer.add(lineFor(id));
  await buffer.flush();
  const rows = await stored();
  expect(rows.flat()).toEqual(ids);
  expect(rows.length).toBe(4);
});

it('keeps even a line that is longer than a row', async () => {
  const { add, buffer, stored } = open();
  const long = 'x'.repeat(200_000);
  add('ann', long, 'bob');
  await buffer.flush();
  expect((await stored()).map((row) => row.map(({ length }) => length))).toEqual([[3], [200_000], [3]]);
});

describe('while the store', () => {
  it('is gone, memory takes them', async () => {
    const { add, buffer, feel, stored, spared, dropped } = open();
    feel('gone');
    add('ann');
    await buffer.flush();
    feel('good');
    add('bob');
    await buffer.flush();
    expect([await stored(), await spared(), dropped]).toEqual([[['bob']], [['ann']], []]);
  });

  it('is full, the newest are dropped and counted', async () => {
    const { add, buffer, feel, stored, spared, dropped } = open();
    add('ann');
    await buffer.flush();
    feel('full');
    add('bob', 'cat');
    await buffer.flush();
    expect([await stored(), await spared(), dropped]).toEqual([
      [['ann']],
      [],
      ['queue_full bob', 'queue_full cat'],
    ]);
  });

  it('is slow, those that come meanwhile gather, in their order', async () => {
    const { add, buffer, feel, letGo, stored } = open();
    feel('slow');
    add('ann');
    const flushing = buffer.flush();
    await settle();
    add('bob');
    await vi.advanceTimersByTimeAsync(500);
    add('cat');
    feel('good');
    letGo();
    await flushing;
    await vi.advanceTimersByTimeAsync(100);
    expect(await stored()).toEqual([['ann'], ['bob', 'cat']]);
  });

  it('is slow for long, memory is bounded: the newest are dropped and counted', async () => {
    const { buffer, feel, letGo, dropped } = open();
    feel('slow');
    buffer.add(lineFor('first'));
    const flushing = buffer.flush();
    await settle();
    for (let index = 0; index < 100; index += 1) buffer.add(lineFor(`${index} ${'x'.repeat(100_000)}`));
    expect(buffer.size()).toBe(83);
    expect(dropped).toHaveLength(17);
    expect(dropped[0]).toMatch(/^queue_full 83 /);
    feel('good');
    letGo();
    await flushing;
  });

  it('is gone for long, memory is bounded too', async () => {
    const { buffer, feel, dropped, spared } = open();
    feel('gone');
    for (let index = 0; index < 200; index += 1) {
      buffer.add(lineFor(`${index} ${'x'.repeat(100_000)}`));
      await buffer.flush();
    }
    const kept = (await spared()).flat().length;
    expect(kept).toBeGreaterThan(100);
    expect(dropped.length).toBe(200 - kept);
  });
});

it('forgets somebody', async () => {
  const { add, buffer, stored } = open();
  add('ann', 'bob', 'ann');
  buffer.forget({ kind: 'user_id', id: 'ann' });
  expect(buffer.size()).toBe(1);
  await buffer.flush();
  expect(await stored()).toEqual([['bob']]);
});
