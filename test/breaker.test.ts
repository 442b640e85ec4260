import { describe, expect, it, vi } from 'vitest';
import { type Breaker, type BreakerState, createBreaker, type Room } from '../src/breaker.ts';
import { settle, useFakeTime } from './profile/fake-time.ts';

useFakeTime();

type Result = 'good' | 'failed';

/** One call that goes on until the test ends it. */
type Call = { readonly end: (result: Result) => void };

function open(maxCalls = 100, maxBehind = 0) {
  const states: BreakerState[] = [];
  const calls: Call[] = [];
  const breaker: Breaker<Result> = createBreaker({
    isFailure: (result: Result) => result === 'failed',
    maxCalls,
    maxBehind,
    onState: (state) => states.push(state),
  });
  const run = (room: Room = 'front') =>
    breaker.run(() => {
      const { promise, resolve } = Promise.withResolvers<Result>();
      calls.push({ end: resolve });
      return promise;
    }, room);
  /** Calls that end at once, one after the other. */
  const runAll = async (...results: readonly Result[]) => {
    for (const result of results) await breaker.run(async () => result);
  };
  return { breaker, states, calls, run, runAll };
}

const times = (count: number, result: Result): Result[] => Array.from({ length: count }, () => result);

async function openBroken(maxCalls?: number) {
  const opened = open(maxCalls);
  await opened.runAll(...times(5, 'failed'));
  return opened;
}

describe('the breaker', () => {
  it.each<[string, Result[], BreakerState]>([
    ['five failures', times(5, 'failed'), 'open'],
    ['four, which are too few to tell', times(4, 'failed'), 'closed'],
    ['more failures than not', [...times(5, 'good'), ...times(6, 'failed')], 'open'],
    ['as many failures as not', [...times(6, 'good'), ...times(6, 'failed')], 'closed'],
    ['no failures', times(50, 'good'), 'closed'],
  ])('after %s (%j) is %s', async (_case, results, state) => {
    const { breaker, runAll } = open();
    await runAll(...results);
    expect(breaker.state()).toBe(state);
  });

  it('forgets failures in ten seconds of calls', async () => {
    const { breaker, runAll } = open();
    await runAll(...times(4, 'failed'));
    for (let second = 0; second < 11; second += 1) {
      await vi.advanceTimersByTimeAsync(1_000);
      await runAll('good');
    }
    await runAll(...times(4, 'failed'));
    expect(breaker.state()).toBe('closed');
  });

  it('makes no call while it is open', async () => {
    const { breaker, calls, run } = await openBroken();
    await vi.advanceTimersByTimeAsync(4_999);
    expect([await run(), await run()]).toEqual([null, null]);
    expect([calls.length, breaker.isBlocked(), breaker.isFull()]).toEqual([0, true, false]);
  });

  it('lets exactly one call find out whether it is over, and refuses the others at once', async () => {
    const { breaker, calls, run } = await openBroken();
    await vi.advanceTimersByTimeAsync(5_000);
    expect(breaker.isBlocked()).toBe(false);
    const probe = run();
    const others = await Promise.all(Array.from({ length: 20 }, run));
    expect(new Set(others)).toEqual(new Set([null]));
    expect([calls.length, breaker.state(), breaker.isBlocked()]).toEqual([1, 'half_open', true]);
    calls[0]?.end('good');
    expect(await probe).toBe('good');
    expect([breaker.state(), breaker.isBlocked()]).toEqual(['closed', false]);
  });

  it('refuses also those who came while another one went ahead', async () => {
    const { calls, run } = await openBroken();
    await vi.advanceTimersByTimeAsync(5_000);
    const all = Array.from({ length: 5 }, run);
    await settle();
    calls[0]?.end('good');
    expect((await Promise.all(all)).filter((result) => result !== null)).toEqual(['good']);
    expect(calls).toHaveLength(1);
  });

  it('stays open for as long again after a call that shows it is not over', async () => {
    const { states, calls, run } = await openBroken();
    await vi.advanceTimersByTimeAsync(5_000);
    const probe = run();
    calls[0]?.end('failed');
    expect(await probe).toBe('failed');
    await vi.advanceTimersByTimeAsync(4_999);
    expect(await run()).toBeNull();
    await vi.advanceTimersByTimeAsync(1);
    void run();
    await settle();
    expect(calls).toHaveLength(2);
    expect(states).toEqual(['open', 'half_open', 'open', 'half_open']);
  });

  it('is not open for longer where the clock was set back', async () => {
    const { breaker, run, calls } = await openBroken();
    vi.setSystemTime(Date.now() - 3_600_000);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(breaker.isBlocked()).toBe(false);
    void run();
    await settle();
    expect(calls).toHaveLength(1);
  });

  it('starts to count anew when it is closed again', async () => {
    const { breaker, runAll } = await openBroken();
    await vi.advanceTimersByTimeAsync(5_000);
    await runAll('good', ...times(3, 'failed'));
    expect(breaker.state()).toBe('closed');
  });
});

describe('a result that comes late', () => {
  it('is given to the one who waits for it', async () => {
    const { calls, run, runAll } = open();
    const late = run();
    await runAll(...times(5, 'failed'));
    calls[0]?.end('good');
    expect(await late).toBe('good');
  });

  it.each<Result>(['good', 'failed'])('while open changes nothing (%s)', async (result) => {
    const { breaker, states, calls, run, runAll } = open();
    const late = run();
    await runAll(...times(5, 'failed'));
    await vi.advanceTimersByTimeAsync(3_000);
    calls[0]?.end(result);
    await late;
    await vi.advanceTimersByTimeAsync(2_000);
    expect([breaker.isBlocked(), states]).toEqual([false, ['open']]);
  });

  it.each<Result>(['good', 'failed'])(
    'while another call probes does not answer for it (%s)',
    async (result) => {
      const { breaker, calls, run, runAll } = open();
      const late = run();
      await runAll(...times(5, 'failed'));
      await vi.advanceTimersByTimeAsync(5_000);
      void run();
      calls[0]?.end(result);
      await late;
      expect([breaker.state(), calls.length]).toEqual(['half_open', 2]);
    },
  );

  it('of a call from before does not count after it was closed again', async () => {
    const { breaker, calls, run, runAll } = open();
    const late = Array.from({ length: 10 }, run);
    await runAll(...times(5, 'failed'));
    await vi.advanceTimersByTimeAsync(5_000);
    await runAll('good');
    for (const call of calls) call.end('failed');
    await Promise.all(late);
    expect(breaker.state()).toBe('closed');
  });
});

describe('calls under way', () => {
  it('are bounded: further ones are refused at once, and let in when there is room', async () => {
    const { breaker, calls, run } = open(3);
    const underWay = Array.from({ length: 3 }, () => run());
    expect([await run(), breaker.isBlocked(), breaker.isFull(), calls.length]).toEqual([null, true, true, 3]);
    calls[1]?.end('good');
    await underWay[1];
    expect([breaker.isBlocked(), breaker.isFull()]).toEqual([false, false]);
    void run();
    await settle();
    expect(calls).toHaveLength(4);
  });

  it.each<[Room, Room]>([
    ['front', 'behind'],
    ['behind', 'front'],
  ])('%s leave those %s their own room', async (full, other) => {
    const { breaker, calls, run } = open(2, 2);
    for (let call = 0; call < 5; call += 1) void run(full);
    await settle();
    expect([breaker.isFull(full), breaker.isFull(other), calls.length]).toEqual([true, false, 2]);
    void run(other);
    await settle();
    expect([calls.length, await run(full)]).toEqual([3, null]);
  });

  it('behind fail for those in front as well: it is the same Amplitude', async () => {
    const { breaker, run } = open(5, 5);
    for (let call = 0; call < 5; call += 1) await breaker.run(async () => 'failed' as const, 'behind');
    expect([breaker.state(), await run('front')]).toEqual(['open', null]);
  });

  it('leave their place also when they throw, which goes to the one who asked', async () => {
    const { breaker } = open(1);
    await expect(breaker.run(() => Promise.reject(new TypeError('a bug')))).rejects.toThrow('a bug');
    expect([breaker.isBlocked(), await breaker.run(async () => 'good' as const)]).toEqual([false, 'good']);
  });
});
