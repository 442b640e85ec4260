import { describe, expect, it } from 'vitest';
import { Lane } from '../../src/store/sqlite-lane.ts';
import type { Operation, Outcome } from '../../src/store/sqlite-protocol.ts';
import { StoreBehindError } from '../../src/store/store-errors.ts';

const BOUNDS = { operations: 5, characters: 100, operationsAtOnce: 3, charactersAtOnce: 20 };

const claim = (key: string, value = ''): Operation => ({ kind: 'claim', key, value, expiresAt: 0 });
const keysOf = (operations: readonly Operation[]): string[] =>
  operations.map((operation) => ('key' in operation ? operation.key : operation.kind));
const success = (value: string | null = null): Outcome => ({ ok: true, value });

/** Adds them without waiting for what becomes of them. */
function addAll(lane: Lane, ...operations: Operation[]): Promise<PromiseSettledResult<unknown>[]> {
  return Promise.allSettled(operations.map((operation) => lane.add(operation)));
}

describe('a lane', () => {
  it('gives what waits in portions, in order, and the next when the last has ended', () => {
    const lane = new Lane(BOUNDS);
    void addAll(lane, claim('a'), claim('b'), claim('c'), claim('d'));
    expect(keysOf(lane.begin())).toEqual(['a', 'b', 'c']);
    expect(lane.begin()).toEqual([]);
    lane.end([success(), success(), success()]);
    expect(keysOf(lane.begin())).toEqual(['d']);
    expect(lane.isIdle).toBe(false);
    lane.end([success()]);
    expect([lane.begin(), lane.isIdle]).toEqual([[], true]);
  });

  it('gives smaller portions of what is large, but one at least', () => {
    const lane = new Lane(BOUNDS);
    void addAll(lane, claim('a', 'x'.repeat(50)), claim('b', 'x'.repeat(18)), claim('c'), claim('d'));
    for (const portion of [['a'], ['b', 'c'], ['d']]) {
      expect(keysOf(lane.begin())).toEqual(portion);
      lane.end(portion.map(() => success()));
    }
  });

  it('tells each what became of it', async () => {
    const lane = new Lane(BOUNDS);
    const added = addAll(lane, claim('a'), claim('b'), claim('c'));
    lane.begin();
    lane.end([success('held'), { ok: false, reason: 'the disk is full' }]);
    expect(await added).toMatchObject([
      { value: 'held' },
      { reason: new Error('the store failed: the disk is full') },
      { status: 'rejected' },
    ]);
  });

  it('takes no more than may wait, besides what is under way', async () => {
    const lane = new Lane(BOUNDS);
    void addAll(lane, ...Array.from({ length: 5 }, () => claim('a')));
    await expect(lane.add(claim('b'))).rejects.toThrow(StoreBehindError);
    lane.begin();
    void addAll(lane, claim('c'), claim('d'), claim('e'));
    await expect(lane.add(claim('f'))).rejects.toThrow(StoreBehindError);
  });

  it('takes no more characters than may wait', async () => {
    const lane = new Lane(BOUNDS);
    void addAll(lane, claim('a', 'x'.repeat(150)));
    await expect(lane.add(claim('b'))).rejects.toThrow(StoreBehindError);
    lane.begin();
    void addAll(lane, claim('b', 'x'.repeat(150)));
    await expect(lane.add(claim('c'))).rejects.toThrow(StoreBehindError);
  });

  it('fails everything, and is empty then', async () => {
    const lane = new Lane(BOUNDS);
    const added = addAll(lane, ...Array.from({ length: 5 }, () => claim('a')));
    lane.begin();
    const error = new Error('the thread has ended');
    lane.fail(error);
    expect(await added).toEqual(Array(5).fill({ status: 'rejected', reason: error }));
    expect(lane.isIdle).toBe(true);
  });
});
