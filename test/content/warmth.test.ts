import { describe, expect, it, vi } from 'vitest';
import { SourceError } from '../../src/content/source.ts';
import { createMemoryStore } from '../../src/store/memory.ts';
import { settle, useFakeTime } from '../profile/fake-time.ts';
import {
  DAY_MS,
  everything,
  HOUR_MS,
  MINUTE_MS,
  openCatalogue,
  openCms,
  rowOf,
  SECOND_MS,
  SPEAKING,
} from './controlled-source.ts';

const clock = useFakeTime();

const later = (ms: number) => vi.advanceTimersByTimeAsync(ms);

function open(change: Parameters<typeof openCatalogue>[2] = {}) {
  const cms = openCms();
  const store = createMemoryStore({ now: clock.monotonic }).entries;
  const start = () => openCatalogue(cms, clock, change, store);
  return { cms, start, catalogue: start() };
}

describe('what is kept warm', () => {
  it('is known from the start, and an answer never waits for it', async () => {
    const { cms, catalogue } = open();
    await catalogue.warm('b1 b2');
    expect([catalogue.showNow('b1 b2'), cms.asked()]).toEqual(['b1 b2', ['b1 b2']]);
  });

  it('is asked for again before it is stale, and not much more often', async () => {
    const { cms, catalogue } = open();
    await catalogue.warm('b1 b2');
    let isSeen = '';
    for (let second = 0; second < 3_600; second += 1) {
      cms.answer = (ids) => ids.map((id) => rowOf(id, `${second}`));
      await later(SECOND_MS);
      isSeen = catalogue.showNow('b1');
      expect(second - Number(isSeen.replace('b1', '0'))).toBeLessThanOrEqual(300);
    }
    const count = cms.asked().length;
    expect([count >= 13, count <= 16]).toEqual([true, true]);
  });

  it('is asked for by one of several replicas that share a store', async () => {
    const { cms, start, catalogue } = open();
    const replicas = [catalogue, ...Array.from({ length: 9 }, start)];
    cms.takesMs = 50;
    await Promise.all(replicas.map((replica) => replica.warm('b1 b2')));
    cms.asked();
    await later(HOUR_MS);
    // Alone, each would ask some fourteen times.
    expect(cms.asked().length).toBeLessThan(30);
    expect(new Set(replicas.map((replica) => replica.showNow('b1 b2')))).toEqual(new Set(['b1 b2']));
  });

  it('is found in the store after a restart, and asked for once it is due', async () => {
    const { cms, start, catalogue } = open();
    await catalogue.warm('b1');
    await catalogue.close();
    cms.asked();
    const again = start();
    await again.warm('b1');
    expect([again.showNow('b1'), cms.asked()]).toEqual(['b1', []]);
    await later(5 * MINUTE_MS);
    expect(cms.asked()).toEqual(['b1']);
  });

  it('is asked for again soon, and without any answer, where the source was down at the start', async () => {
    const { cms, catalogue } = open();
    cms.fails(new SourceError('connection', 'could not be reached'));
    await catalogue.warm('b1');
    expect(await catalogue.show('b1', null, 0)).toBe('!source_unavailable');
    await later(2 * MINUTE_MS);
    cms.answer = everything;
    await later(MINUTE_MS);
    expect(catalogue.showNow('b1')).toBe('b1');
  });

  it('is asked for again soon where it was down, however long items are fresh', async () => {
    const { cms, catalogue } = open({ freshMs: 7 * DAY_MS, staleMs: 7 * DAY_MS });
    cms.fails(new SourceError('connection', 'could not be reached'));
    await catalogue.warm('b1');
    cms.answer = everything;
    await later(2 * MINUTE_MS);
    expect(catalogue.showNow('b1')).toBe('b1');
  });

  it('is replaced when the folder is read again, without asking for what is known', async () => {
    const { cms, catalogue } = open();
    await catalogue.warm('b1 b2');
    await catalogue.warm('b2 b3');
    expect(cms.asked()).toEqual(['b1 b2', 'b3']);
    await later(5 * MINUTE_MS);
    expect(new Set(cms.asked().join(' ').split(' '))).toEqual(new Set(['b2', 'b3']));
  });

  it('may be nothing', async () => {
    const { cms, catalogue } = open();
    await catalogue.keepWarm([], [null]);
    await later(HOUR_MS);
    expect(cms.asked()).toEqual([]);
  });

  it('takes one request at a time, so that answers have room', async () => {
    const { cms, catalogue } = open({ batch: 2 });
    cms.takesMs = 100;
    void catalogue.keepWarm(['a', 'b', 'c', 'd', 'e'], [null]);
    await settle();
    expect(cms.asked()).toEqual(['a b']);
    expect(await catalogue.waitFor('x')).toBe(100);
    await later(201);
    expect(catalogue.showNow('a b c d e x')).toBe('a b c d e x');
  });

  it('costs a failing source one request every five seconds at most', async () => {
    const { cms, catalogue } = open({ freshMs: 0, staleMs: 0, batch: 1 });
    await catalogue.warm('a b c');
    cms.fails(new SourceError('status', 'answered 500'));
    catalogue.results.length = 0;
    await later(MINUTE_MS);
    expect(catalogue.results.length).toBeLessThan(20);
  });

  it('is not asked for without end where it is fresh for longer than a timer can wait', async () => {
    const { cms, catalogue } = open({
      freshMs: 90 * DAY_MS,
      staleMs: 90 * DAY_MS,
      staleIfErrorMs: 90 * DAY_MS,
    });
    await catalogue.warm('b1');
    await later(DAY_MS);
    expect(cms.asked()).toEqual(['b1']);
  });
});

describe('languages', () => {
  it('of placements are warm from the start, and those asked for lately from then on', async () => {
    const { cms, catalogue } = open(SPEAKING);
    await catalogue.warm('b1', ['de', null]);
    expect(cms.asked()).toEqual(['de: b1', 'b1']);
    await catalogue.show('a', 'fr');
    await later(2 * MINUTE_MS);
    expect([catalogue.showNow('b1', 'fr'), cms.asked()]).toEqual(['b1', ['fr: a', 'fr: b1']]);
  });

  it('that nobody asked for lately are let go, those of placements are not', async () => {
    const { cms, catalogue } = open(SPEAKING);
    await catalogue.warm('b1', ['de']);
    await catalogue.show('a', 'fr');
    await later(2 * HOUR_MS);
    cms.asked();
    await later(HOUR_MS);
    expect(new Set(cms.asked())).toEqual(new Set(['de: b1']));
  });
});
