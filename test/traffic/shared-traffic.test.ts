import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { createMemoryStore } from '../../src/store/memory.ts';
import { createTrafficRecorder } from '../../src/traffic/recorder.ts';
import {
  type SharedTraffic,
  startSharedTraffic,
  type TrafficStore,
} from '../../src/traffic/shared-traffic.ts';
import { NO_TRAFFIC } from '../../src/traffic/snapshot.ts';
import { createClock } from '../support/clock.ts';

const PUBLISH_MS = 10_000;
const HOUR_MS = 3_600_000;
/** So long a replica that is not heard of keeps its place, and a little. */
const CLAIM_MS = 60_000;

beforeEach(() => void vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] }));
afterEach(() => void vi.useRealTimers());

/** A store that several replicas share, with a clock for all of them. */
function open() {
  const clock = createClock();
  const { entries } = createMemoryStore({ now: clock.monotonic });
  const pass = async (ms: number): Promise<void> => {
    for (let passed = 0; passed < ms; passed += PUBLISH_MS) {
      clock.advance(PUBLISH_MS);
      await vi.advanceTimersByTimeAsync(PUBLISH_MS);
    }
  };
  const startReplica = (store: TrafficStore = entries) => {
    const recorder = createTrafficRecorder(clock.wall);
    const traffic = startSharedTraffic(recorder, store, clock.wall);
    onTestFinished(() => traffic.stop());
    const call = (reason: string): void =>
      recorder.countAnswer({
        ...{ placement: 'hero', reason, wasAsked: true, hasFailed: false, caller: 'braze' },
      });
    return { traffic, call };
  };
  return { clock, entries, pass, startReplica };
}

/** Answers by reason over the last hour. */
function reasonsIn({ minutes }: Awaited<ReturnType<SharedTraffic['ofAll']>>): Record<string, number> {
  const sum: Record<string, number> = {};
  for (const { reasons } of minutes)
    for (const [reason, answers] of Object.entries(reasons)) sum[reason] = (sum[reason] ?? 0) + answers;
  return sum;
}

describe('two replicas', () => {
  it('tell what both saw, and each what it saw itself', async () => {
    const { startReplica, pass } = open();
    const [one, other] = [startReplica(), startReplica()];
    one.call('recommended');
    other.call('control');
    expect(reasonsIn(await one.traffic.ofAll())).toEqual({ recommended: 1 });
    await pass(PUBLISH_MS);
    one.call('recommended');
    expect(reasonsIn(await one.traffic.ofAll())).toEqual({ recommended: 2, control: 1 });
    expect(reasonsIn(await other.traffic.ofAll())).toEqual({ recommended: 1, control: 1 });
    expect(reasonsIn(one.traffic.ofThis())).toEqual({ recommended: 2 });
    expect(reasonsIn(other.traffic.ofThis())).toEqual({ control: 1 });
  });

  it('forget what is older than an hour, of whichever it is', async () => {
    const { startReplica, pass } = open();
    const [one, other] = [startReplica(), startReplica()];
    one.call('recommended');
    await pass(PUBLISH_MS);
    await one.traffic.stop();
    await pass(HOUR_MS);
    const { placements, ...all } = await other.traffic.ofAll();
    expect(reasonsIn({ placements, ...all })).toEqual({});
    expect(placements.hero?.hours).toHaveLength(1);
  });
});

describe('a replica that is replaced', () => {
  it('leaves what it saw to the next one, when it stops', async () => {
    const { startReplica, pass } = open();
    const old = startReplica();
    old.call('recommended');
    await pass(PUBLISH_MS);
    old.call('recommended');
    await old.traffic.stop();
    await old.traffic.stop();
    const next = startReplica();
    expect(reasonsIn(await next.traffic.ofAll())).toEqual({ recommended: 2 });
    next.call('control');
    await pass(PUBLISH_MS);
    expect(reasonsIn(await next.traffic.ofAll())).toEqual({ recommended: 2, control: 1 });
    expect(reasonsIn(next.traffic.ofThis())).toEqual({ recommended: 2, control: 1 });
  });

  it('is counted on, and once, when it dies without a word', async () => {
    const { startReplica, pass } = open();
    const old = startReplica();
    old.call('recommended');
    await pass(PUBLISH_MS);
    vi.clearAllTimers();
    const next = startReplica();
    next.call('control');
    for (let waited = 0; waited < CLAIM_MS; waited += PUBLISH_MS) {
      await pass(PUBLISH_MS);
      expect(reasonsIn(await next.traffic.ofAll())).toEqual({ recommended: 1, control: 1 });
    }
    const last = startReplica();
    await pass(PUBLISH_MS);
    expect(reasonsIn(last.traffic.ofThis())).toEqual({ recommended: 1 });
    expect(reasonsIn(await last.traffic.ofAll())).toEqual({ recommended: 1, control: 1 });
  });

  it('begins anew when it wakes up and another has taken over, so that nothing counts twice', async () => {
    const { entries, startReplica, pass } = open();
    let awake = Promise.resolve();
    let wake = (): void => {};
    const sleeper = startReplica({
      ...entries,
      claim: async (...claimed) => {
        await awake;
        return entries.claim(...claimed);
      },
    });
    sleeper.call('recommended');
    await pass(PUBLISH_MS);
    awake = new Promise((resolve) => {
      wake = resolve;
    });
    await pass(CLAIM_MS);
    const next = startReplica();
    next.call('control');
    await pass(PUBLISH_MS);
    expect(reasonsIn(next.traffic.ofThis())).toEqual({ recommended: 1, control: 1 });
    wake();
    await pass(PUBLISH_MS);
    sleeper.call('timeout');
    await pass(2 * PUBLISH_MS);
    expect(reasonsIn(sleeper.traffic.ofThis())).toEqual({ timeout: 1 });
    const all = { recommended: 1, control: 1, timeout: 1 };
    expect(reasonsIn(await sleeper.traffic.ofAll())).toEqual(all);
    expect(reasonsIn(await next.traffic.ofAll())).toEqual(all);
  });
});

it('a store that does not answer leaves what this replica saw, and fails nobody', async () => {
  const { startReplica, pass } = open();
  const away = (): Promise<never> => Promise.reject(new Error('away'));
  const { traffic, call } = startReplica({ read: away, write: away, claim: away, remove: away });
  call('recommended');
  await pass(3 * PUBLISH_MS);
  expect(reasonsIn(await traffic.ofAll())).toEqual({ recommended: 1 });
  await traffic.stop();
});

it('what a later version wrote is left alone, and counts as nothing', async () => {
  const { entries, startReplica, pass } = open();
  await entries.write('traffic\n5', '{"v":9}', HOUR_MS);
  const { traffic, call } = startReplica();
  call('recommended');
  await pass(PUBLISH_MS);
  expect(reasonsIn(await traffic.ofAll())).toEqual({ recommended: 1 });
  expect(await entries.read('traffic\n5')).toBe('{"v":9}');
});

it('a silent replica writes once', async () => {
  const { entries, startReplica, pass } = open();
  const written: string[] = [];
  const { traffic } = startReplica({
    ...entries,
    write: (key, value, keepMs) => {
      written.push(key.replace('\n', ' '));
      return entries.write(key, value, keepMs);
    },
  });
  await pass(3 * PUBLISH_MS);
  expect(written.filter((key) => key === 'traffic 0')).toHaveLength(1);
  expect(await traffic.ofAll()).toEqual(NO_TRAFFIC);
});

it('holds no more than thirty-two places, and whoever has none tells of itself', async () => {
  const { startReplica, pass } = open();
  const replicas = Array.from({ length: 34 }, () => startReplica());
  for (const { call } of replicas) call('recommended');
  await pass(2 * PUBLISH_MS);
  const last = replicas.at(-1);
  expect(last && reasonsIn(await last.traffic.ofAll())).toEqual({ recommended: 33 });
});
