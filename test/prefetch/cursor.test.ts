import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Cursor } from '../../src/prefetch/cursor.ts';

describe('a cursor', () => {
  it('knows, whatever the order and wherever it is taken up again, what is done', () => {
    const places = fc.uniqueArray(fc.nat(60), { maxLength: 60 });
    fc.assert(
      fc.property(places, fc.nat(60), (done, stopAfter) => {
        let cursor = new Cursor({ low: 0, ahead: [] });
        for (const [index, place] of done.entries()) {
          if (index === stopAfter) cursor = new Cursor(JSON.parse(JSON.stringify(cursor.snapshot())));
          cursor.markDone(place);
        }
        const all = Array.from({ length: 61 }, (_, place) => place);
        expect(all.filter((place) => cursor.isDone(place))).toEqual([...done].sort((a, b) => a - b));
        expect(cursor.low).toBe(all.find((place) => !done.includes(place)) ?? 61);
      }),
    );
  });

  it('keeps in mind only what is done out of order', () => {
    const cursor = new Cursor({ low: 0, ahead: [] });
    for (let place = 0; place < 1_000; place += 1) if (place !== 990) cursor.markDone(place);
    expect(cursor.snapshot()).toEqual({ low: 990, ahead: [991, 992, 993, 994, 995, 996, 997, 998, 999] });
    cursor.markDone(990);
    expect(cursor.snapshot()).toEqual({ low: 1_000, ahead: [] });
  });

  it('passes over places where there is nobody', () => {
    const cursor = new Cursor({ low: 3, ahead: [5, 10, 12] });
    cursor.skipTo(10);
    expect(cursor.snapshot()).toEqual({ low: 11, ahead: [12] });
    cursor.skipTo(4);
    expect(cursor.low).toBe(11);
  });
});
