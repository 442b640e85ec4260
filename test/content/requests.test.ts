import { describe, expect, it, vi } from 'vitest';
import { SourceError, type SourceFailure } from '../../src/content/source.ts';
import { settle, useFakeTime } from '../profile/fake-time.ts';
import {
  everything,
  HOUR_MS,
  nothing,
  openCatalogue,
  openCms,
  rowOf,
  SECOND_MS,
} from './controlled-source.ts';

const clock = useFakeTime();

const later = (ms: number) => vi.advanceTimersByTimeAsync(ms);

function open(change: Parameters<typeof openCatalogue>[2] = {}) {
  const cms = openCms();
  return { cms, catalogue: openCatalogue(cms, clock, change) };
}

describe('a request', () => {
  it.each<SourceFailure>([
    'timeout',
    'connection',
    'status',
    'redirect',
    'refused_address',
    'too_large',
    'not_json',
    'no_rows',
    'query',
  ])('that fails is counted as what it is, and never kept (%s)', async (failure) => {
    const { cms, catalogue } = open();
    cms.fails(new SourceError(failure, `failed with ${failure}`));
    expect(await catalogue.show('a')).toBe('!source_unavailable');
    cms.answer = everything;
    expect(await catalogue.show('a')).toBe('a');
    expect([catalogue.results, catalogue.troubles]).toEqual([[failure, 'ok'], [`failed with ${failure}`]]);
  });

  it.each<[string, (ids: readonly string[]) => never[]]>([
    [
      'throws what is no failure of the source',
      () => {
        throw new TypeError('a bug');
      },
    ],
    ['gives what are no rows', () => 42 as unknown as never[]],
    ['gives nothing at all', () => undefined as unknown as never[]],
  ])('that %s is a fault of ours: logged, counted, and no more', async (_what, answer) => {
    const { cms, catalogue } = open();
    cms.answer = answer;
    await catalogue.warm('base');
    expect(await catalogue.show('a')).toBe('!source_unavailable');
    expect(catalogue.results).toEqual(['unexpected', 'unexpected']);
    expect(catalogue.unexpected).toEqual([expect.any(TypeError), expect.any(TypeError)]);
    cms.answer = everything;
    expect(await catalogue.show('a')).toBe('a');
  });

  it('ends with its time, though what was begun does not heed that, and leaves its place', async () => {
    const { cms, catalogue } = open({ batch: 1 });
    cms.hangs();
    const answers = ['a', 'b', 'c', 'd', 'e'].map((id) => catalogue.show(id));
    await later(500);
    expect(cms.requests.map(({ signal }) => signal.aborted)).toEqual([true, true, true, true, false]);
    await later(500);
    expect(new Set(await Promise.all(answers))).toEqual(new Set(['!source_unavailable']));
    expect(catalogue.results).toEqual(Array(5).fill('timeout'));
  });

  it('that is answered after its time is no longer listened to', async () => {
    const { cms, catalogue } = open();
    cms.takesMs = 600;
    const late = catalogue.show('a', null, 1_900);
    await later(500);
    cms.takesMs = 0;
    cms.answer = () => [rowOf('a', 'late')];
    await later(100);
    expect([await late, catalogue.results]).toEqual(['!source_unavailable', ['timeout']]);
  });

  it('that has time to spare leaves no timer behind', async () => {
    const { catalogue } = open();
    const before = vi.getTimerCount();
    await catalogue.show('a');
    expect(vi.getTimerCount()).toBe(before);
  });
});

describe('the breaker', () => {
  it('lets one request find out whether it is over, and makes none before', async () => {
    const { cms, catalogue } = open();
    cms.fails(new SourceError('status', 'answered 503'));
    for (let person = 0; person < 9; person += 1) await catalogue.show(`p${person}`);
    expect([cms.asked().length, catalogue.results.slice(4)]).toEqual([
      5,
      ['status', ...Array(4).fill('circuit_open')],
    ]);
    await later(5 * SECOND_MS);
    cms.answer = everything;
    cms.takesMs = 100;
    const answers = ['a', 'b', 'c'].map((id) => catalogue.show(id));
    await later(100);
    expect(await Promise.all(answers)).toEqual(['a', 'b', 'c']);
    expect([cms.asked(), catalogue.status().breaker]).toEqual([['a b c'], 'closed']);
  });

  it('takes lost items for a failure, too', async () => {
    const { cms, catalogue } = open();
    await catalogue.show('a b c');
    await later(HOUR_MS);
    cms.answer = nothing;
    for (let round = 0; round < 20; round += 1) {
      await catalogue.show('a b c');
      await later(5 * SECOND_MS);
    }
    expect(catalogue.status().breaker).toBe('open');
    expect(await catalogue.show('a b c')).toBe('a b c');
  });
});

describe('too many requests', () => {
  it('are not made, which is counted, and their answers do not wait', async () => {
    const { cms, catalogue } = open({ batch: 1, timeoutMs: 60 * SECOND_MS });
    cms.hangs();
    for (let person = 0; person < 60; person += 1) void catalogue.show(`p${person}`);
    await settle();
    await settle();
    // Of forty that waited at first, four are under way by now.
    expect([catalogue.results, cms.requests.length]).toEqual([Array(20).fill('queue_full'), 4]);
    for (const id of ['a', 'b', 'c', 'd']) void catalogue.show(id);
    expect(await catalogue.waitFor('too-many')).toBe(0);
    await catalogue.close();
  });
});

describe('trouble', () => {
  const say = (message: string) => new SourceError('status', message);

  it('is told once for each kind, and again when it is over for a while', async () => {
    const { cms, catalogue } = open();
    for (const message of ['answered 500', 'answered 500', 'answered 503', 'answered 500']) {
      cms.fails(say(message));
      await catalogue.show('a');
    }
    expect(catalogue.troubles).toEqual(['answered 500', 'answered 503']);
    cms.answer = everything;
    await catalogue.show('b');
    expect(catalogue.status()).toMatchObject({ trouble: 'answered 500', lastGoodAtMs: clock.wall() });
    cms.fails(say('answered 500'));
    await catalogue.show('c');
    cms.answer = everything;
    await later(5 * SECOND_MS);
    await catalogue.show('d');
    expect(catalogue.troubles).toEqual(['answered 500', 'answered 503', null]);
    expect(catalogue.status()).toMatchObject({ trouble: null, lastGoodAtMs: clock.wall(), items: 2 });
  });

  it('that comes back is told again', async () => {
    const { cms, catalogue } = open();
    for (let round = 0; round < 2; round += 1) {
      cms.fails(say('answered 500'));
      await catalogue.show(`bad-${round}`);
      await later(5 * SECOND_MS);
      cms.answer = everything;
      await catalogue.show(`good-${round}`);
    }
    expect(catalogue.troubles).toEqual(['answered 500', null, 'answered 500', null]);
  });
});
