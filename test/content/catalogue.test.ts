import { describe, expect, it, vi } from 'vitest';
import { SourceError } from '../../src/content/source.ts';
import { Deadline } from '../../src/deadline.ts';
import { createMemoryStore } from '../../src/store/memory.ts';
import { settle, useFakeTime } from '../profile/fake-time.ts';
import {
  DAY_MS,
  DECLARATION,
  everything,
  HOUR_MS,
  MINUTE_MS,
  nothing,
  openCatalogue,
  openCms,
  rowOf,
  SECOND_MS,
  SPEAKING,
} from './controlled-source.ts';

const clock = useFakeTime();

const later = (ms: number) => vi.advanceTimersByTimeAsync(ms);
const broken = () => new SourceError('status', 'answered 500');

function open(change: Parameters<typeof openCatalogue>[2] = {}) {
  const cms = openCms();
  const store = createMemoryStore({ now: clock.monotonic }).entries;
  /** Another process with the same store. */
  const restart = (again = change) => openCatalogue(cms, clock, again, store);
  return { cms, store, restart, catalogue: restart() };
}

describe('an item', () => {
  it('is asked for once, and from then on shown without waiting', async () => {
    const { cms, catalogue } = open();
    expect(await catalogue.show('a b')).toBe('a b');
    expect([catalogue.showNow('b a'), cms.asked()]).toEqual(['b a', ['a b']]);
  });

  it('is fresh, then stale, then waited for', async () => {
    const { cms, catalogue } = open();
    await catalogue.show('a');
    await later(5 * MINUTE_MS - 1);
    expect([catalogue.showNow('a'), cms.asked()]).toEqual(['a', ['a']]);
    await later(1);
    cms.answer = () => [rowOf('a', 'new')];
    expect([catalogue.showNow('a'), catalogue.showNow('a')]).toEqual(['a', 'a']);
    await settle();
    expect([catalogue.showNow('a'), cms.asked()]).toEqual(['new', ['a']]);
    await later(HOUR_MS - 1);
    expect(catalogue.showNow('a')).toBe('new');
    await settle();
    await later(HOUR_MS);
    cms.answer = () => [rowOf('a', 'newest')];
    expect(() => catalogue.showNow('a')).toThrow('waited for');
    await settle();
    expect(catalogue.showNow('a')).toBe('newest');
  });

  it('is shown for a week while the source fails, and no longer', async () => {
    const { cms, catalogue } = open();
    await catalogue.show('a');
    cms.fails(broken());
    await later(HOUR_MS);
    expect(await catalogue.show('a')).toBe('a');
    await later(7 * DAY_MS - HOUR_MS - 1);
    expect(await catalogue.show('a')).toBe('a');
    await later(1);
    expect(await catalogue.show('a')).toBe('!source_unavailable');
  });

  it('that the source does not have is not asked for again for a minute', async () => {
    const { cms, catalogue } = open();
    cms.has('a');
    expect(await catalogue.show('a gap')).toBe('a !not_found');
    await later(MINUTE_MS - 1);
    expect([catalogue.showNow('a gap'), cms.asked()]).toEqual(['a !not_found', ['a gap']]);
    await later(1);
    cms.has('a', 'gap');
    expect([await catalogue.show('a gap'), cms.asked()]).toEqual(['a gap', ['gap']]);
  });

  it('that is gone is no longer shown, nor after a restart', async () => {
    const { cms, catalogue, restart } = open();
    await catalogue.show('a b');
    cms.has('b');
    await later(5 * MINUTE_MS);
    expect(catalogue.showNow('a b')).toBe('a b');
    await settle();
    expect(catalogue.showNow('a b')).toBe('!not_found b');
    cms.fails(broken());
    expect(await restart().show('a b')).toBe('!not_found b');
    await later(MINUTE_MS);
    expect(await restart().show('a b')).toBe('!source_unavailable b');
  });

  it('is the same content as long as its source says the same, so that nothing is prepared anew', async () => {
    const { cms, catalogue } = open();
    const content = async () =>
      (await catalogue.find(['a'], null, new Deadline(800, clock.monotonic))).get('a');
    const asked = content();
    await settle();
    const first = await asked;
    await later(5 * MINUTE_MS);
    await content();
    await settle();
    expect([cms.asked(), (await content()) === first]).toEqual([['a', 'a'], true]);
    cms.answer = () => [rowOf('a', 'new')];
    await later(5 * MINUTE_MS);
    await content();
    await settle();
    expect(await content()).toMatchObject({ values: { title: 'new' } });
  });

  it('is not young for ever when the clock is set back', async () => {
    const { cms, catalogue } = open();
    await catalogue.show('a');
    vi.setSystemTime(Date.now() - 30 * MINUTE_MS);
    cms.answer = () => [rowOf('a', 'new')];
    expect(catalogue.showNow('a')).toBe('a');
    await settle();
    expect(catalogue.showNow('a')).toBe('new');
  });

  it.each([
    ['white space around it', ' a'],
    ['markup', '<b>a</b>'],
    ['a control character', 'a\0'],
    ['nothing in it', ''],
    ['more than 256 characters', 'x'.repeat(257)],
  ])('with %s cannot be, and is not asked for', async (_what, id) => {
    const { cms, catalogue } = open();
    const contents = catalogue.find([id], null, new Deadline(0, clock.monotonic));
    expect(contents).not.toBeInstanceOf(Promise);
    expect((await contents).get(id)).toBe('not_found');
    expect(cms.asked()).toEqual([]);
  });
});

describe('windows of nothing', () => {
  const NONE = { freshMs: 0, staleMs: 0, staleIfErrorMs: 0, missingMs: 0 };

  it('show what was asked for, and ask again each time', async () => {
    const { cms, catalogue } = open(NONE);
    cms.has('a');
    expect(await catalogue.show('a gap')).toBe('a !not_found');
    expect(await catalogue.show('a gap')).toBe('a !not_found');
    expect(cms.asked()).toEqual(['a gap', 'a gap']);
    cms.fails(broken());
    await later(1);
    expect(await catalogue.show('a gap')).toBe('!source_unavailable !source_unavailable');
  });

  it('for what is fresh alone ask behind every answer, once at a time', async () => {
    const { cms, catalogue } = open({ freshMs: 0 });
    await catalogue.show('a');
    cms.takesMs = 100;
    expect([catalogue.showNow('a'), catalogue.showNow('a')]).toEqual(['a', 'a']);
    await later(100);
    expect([catalogue.showNow('a'), cms.asked()]).toEqual(['a', ['a', 'a']]);
  });

  it('for gaps still let a gap take the place of what the store has', async () => {
    const { cms, catalogue, restart } = open({ missingMs: 0 });
    await catalogue.show('a');
    cms.has();
    await later(HOUR_MS);
    await catalogue.show('a');
    await later(MINUTE_MS);
    cms.fails(broken());
    expect(await restart().show('a')).toBe('!source_unavailable');
  });
});

describe('an answer', () => {
  const many = (count: number) => Array.from({ length: count }, (_, index) => `i${index}`).join(' ');
  const sizes = (asked: readonly string[]) => asked.map((line) => line.split(' ').length);

  it('makes one request at most, of the first ids that are not known', async () => {
    const { cms, catalogue } = open();
    await catalogue.show('i0 i1');
    const shown = (await catalogue.show(many(250))).split(' ');
    expect(shown.indexOf('!source_unavailable')).toBe(102);
    expect(sizes(cms.asked())).toEqual([2, 100]);
    await catalogue.show(many(250));
    expect(sizes(cms.asked())).toEqual([100]);
  });

  it('makes one request at most behind it', async () => {
    const { cms, catalogue } = open();
    for (let round = 0; round < 3; round += 1) await catalogue.show(many(250));
    await later(5 * MINUTE_MS);
    cms.asked();
    catalogue.showNow(many(250));
    await settle();
    expect(sizes(cms.asked())).toEqual([100]);
    catalogue.showNow(many(250));
    await settle();
    expect(sizes(cms.asked())).toEqual([100]);
  });

  it('names no id twice to the source', async () => {
    const { cms, catalogue } = open({ batch: 2 });
    expect(await catalogue.show('a b a b')).toBe('a b a b');
    expect(cms.asked()).toEqual(['a b']);
  });

  it('waits until its deadline, and a later one finds what came', async () => {
    const { cms, catalogue } = open();
    cms.takesMs = 400;
    const answer = catalogue.find(['a'], null, new Deadline(300, clock.monotonic));
    await later(299);
    const isDone = vi.fn();
    void Promise.resolve(answer).then(isDone);
    await settle();
    expect(isDone).not.toHaveBeenCalled();
    await later(1);
    expect(isDone).toHaveBeenCalledOnce();
    expect((await answer).get('a')).toBe('source_unavailable');
    await later(100);
    expect([catalogue.showNow('a'), cms.asked()]).toEqual(['a', ['a']]);
  });

  it('is one request with fifty others of the same moment', async () => {
    const { cms, catalogue } = open();
    const answers = Array.from({ length: 50 }, (_, index) => catalogue.show(`a b c own-${index}`));
    await settle();
    expect(await Promise.all(answers)).toContain('a b c own-49');
    expect(sizes(cms.asked())).toEqual([53]);
  });

  it('joins a request that is under way for its ids', async () => {
    const { cms, catalogue } = open();
    cms.takesMs = 100;
    const first = catalogue.show('a b');
    await later(50);
    const second = catalogue.show('b a');
    await later(50);
    expect([await first, await second, cms.asked()]).toEqual(['a b', 'b a', ['a b']]);
  });
});

describe('a source that fails', () => {
  it('costs an answer with something old to show one wait, and is asked again behind others', async () => {
    const { cms, catalogue } = open();
    await catalogue.show('a');
    await later(HOUR_MS);
    cms.asked();
    cms.fails(broken());
    expect(await catalogue.show('a')).toBe('a');
    const asked: number[] = [];
    for (let second = 0; second < 11; second += 1) {
      expect(catalogue.showNow('a')).toBe('a');
      await later(SECOND_MS);
      asked.push(cms.asked().length);
    }
    expect(asked).toEqual([2, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]);
  });

  it('that is back is noticed behind an answer', async () => {
    const { cms, catalogue } = open();
    await catalogue.show('a');
    await later(HOUR_MS);
    cms.fails(broken());
    await catalogue.show('a');
    cms.answer = () => [rowOf('a', 'new')];
    expect(catalogue.showNow('a')).toBe('a');
    await settle();
    expect([catalogue.showNow('a'), catalogue.status().trouble]).toEqual(['new', 'answered 500']);
    expect(catalogue.results).toEqual(['ok', 'status', 'ok']);
  });

  it('once, as by a broken connection, is still waited for with new ids', async () => {
    const { cms, catalogue } = open();
    await catalogue.show('base');
    cms.fails(broken());
    expect(await catalogue.show('a base')).toBe('!source_unavailable base');
    cms.answer = everything;
    expect(await catalogue.show('a base')).toBe('a base');
  });

  it('twice in a row is not waited for with new ids where there is something else to show', async () => {
    const { cms, catalogue } = open();
    await catalogue.show('base');
    cms.hangs();
    for (const id of ['a', 'b']) {
      const answer = catalogue.show(`${id} base`);
      await later(500);
      expect(await answer).toBe('!source_unavailable base');
    }
    cms.asked();
    for (let person = 0; person < 20; person += 1) {
      expect(await catalogue.waitFor(`p${person} base`)).toBe(0);
    }
    expect(cms.asked()).toEqual(['p0']);
  });

  it('from a restart on is waited for but once', async () => {
    const { cms, catalogue, restart } = open();
    await catalogue.show('base');
    cms.hangs();
    const restarted = restart();
    expect([await restarted.waitFor('a base'), await restarted.waitFor('b base')]).toEqual([500, 0]);
  });

  it('does not count as something to show what is incomplete', async () => {
    const { cms, catalogue } = open();
    cms.answer = (ids) => ids.map((id) => ({ id }));
    await catalogue.show('half');
    cms.fails(broken());
    for (const id of ['a', 'b']) await catalogue.show(`${id} half`);
    cms.answer = everything;
    cms.takesMs = 100;
    expect(await catalogue.waitFor('c half')).toBe(100);
  });

  it('with nothing to show is waited for until the deadline, and not at all once it is known to be down', async () => {
    const { cms, catalogue } = open();
    cms.hangs();
    const waited: number[] = [];
    for (let person = 0; person < 8; person += 1) {
      waited.push(await catalogue.waitFor(`p${person}`, 300));
      await later(SECOND_MS);
    }
    expect(waited).toEqual([300, 300, 300, 300, 300, 0, 0, 0]);
    expect(catalogue.results.slice(4)).toEqual(['timeout', 'circuit_open', 'circuit_open', 'circuit_open']);
    expect(catalogue.status().breaker).toBe('open');
  });

  it('fails alone in a language that it does not speak', async () => {
    const { cms, catalogue } = open(SPEAKING);
    cms.answer = (ids, locale) => {
      if (locale === 'xx') throw broken();
      return everything(ids, locale);
    };
    for (const locale of ['de', null]) await catalogue.show('a', locale);
    for (const id of ['a', 'b', 'c']) await catalogue.show(id, 'xx');
    cms.takesMs = 100;
    expect(await catalogue.waitFor('d a', 800, 'xx')).toBe(0);
    expect(await catalogue.waitFor('b a', 800, 'de')).toBe(100);
  });

  it('which has lost everything that it had a moment ago goes on being shown', async () => {
    const { cms, catalogue, restart } = open();
    await catalogue.show('a b c');
    cms.answer = nothing;
    await later(HOUR_MS);
    expect(await catalogue.show('a b c')).toBe('a b c');
    expect(catalogue.results).toEqual(['ok', 'lost_items']);
    const restarted = restart();
    expect([await restarted.show('a b c'), restarted.results]).toEqual(['a b c', ['lost_items']]);
    await later(7 * DAY_MS);
    expect(await catalogue.show('a b c')).toBe('!not_found !not_found !not_found');
  });

  it.each<[string, string, string]>([
    ['two items', 'a b', '!not_found !not_found'],
    ['three of four', 'a b c d', '!not_found !not_found !not_found d'],
  ])('is not one that has lost %s', async (_what, ids, shown) => {
    const { cms, catalogue } = open();
    await catalogue.show(ids);
    cms.has('d');
    await later(HOUR_MS);
    expect([await catalogue.show(ids), catalogue.results]).toEqual([shown, ['ok', 'ok']]);
  });
});

describe('rows that nobody asked for', () => {
  const others = [rowOf('x'), rowOf('y'), rowOf('x')];

  it('are left alone, and what comes with them is shown', async () => {
    const { cms, catalogue } = open();
    cms.answer = () => [...others, rowOf('a'), rowOf('a', 'again'), { title: 'nobody' }, { id: ['a'] }];
    expect(await catalogue.show('a')).toBe('a');
    expect(catalogue.oddRows).toEqual([...Array(3).fill('not_asked_for'), 'no_id', 'no_id']);
    expect(catalogue.status().items).toBe(1);
  });

  it('say nothing about what is missing, which is not asked for again for a minute', async () => {
    const { cms, catalogue, restart } = open();
    cms.answer = () => others;
    expect(await catalogue.show('a')).toBe('!source_unavailable');
    await later(MINUTE_MS - 1);
    expect([catalogue.showNow('a'), cms.asked()]).toEqual(['!source_unavailable', ['a']]);
    cms.answer = everything;
    await later(1);
    expect(await catalogue.show('a')).toBe('a');
    expect(await restart().show('a')).toBe('a');
  });

  it('do not take away what is known', async () => {
    const { cms, catalogue, restart } = open();
    await catalogue.show('a');
    cms.answer = () => others;
    await later(HOUR_MS);
    expect(await catalogue.show('a')).toBe('a');
    expect(await restart().show('a')).toBe('a');
  });
});

describe('a restart', () => {
  it('loses nothing: what is fresh is not asked for', async () => {
    const { cms, catalogue, restart } = open();
    cms.has('a');
    await catalogue.show('a gap');
    expect([await restart().show('a gap'), cms.asked()]).toEqual(['a !not_found', ['a gap']]);
  });

  it('while the source is down shows what was last good, for a week', async () => {
    const { cms, catalogue, restart } = open();
    await catalogue.show('a');
    cms.fails(broken());
    await later(7 * DAY_MS - 1);
    expect(await restart().show('a')).toBe('a');
    await later(1);
    expect(await restart().show('a')).toBe('!source_unavailable');
  });

  it.each([
    ['other fields', { fields: [{ name: 'title', from: 'name', type: 'text', max: null }] as const }],
    ['another key', { key: 'title' }],
    ['another URL', { url: 'https://other.example/?ids={ids}' }],
  ])('with %s knows nothing, since that is another source', async (_what, change) => {
    const { cms, catalogue, restart } = open();
    await catalogue.show('a');
    cms.fails(broken());
    expect(await restart(change).show('a')).toBe('!source_unavailable');
  });

  it.each([
    ['another password', { headers: { authorization: 'new' } }],
    ['other windows', { freshMs: MINUTE_MS, timeoutMs: 100, batch: 7 }],
  ])('with %s knows what it knew', async (_what, change) => {
    const { cms, catalogue, restart } = open();
    await catalogue.show('a');
    cms.fails(broken());
    expect(await restart(change).show('a')).toBe('a');
  });

  it.each([
    ['no JSON', '{"v":1,'],
    ['another version', '{"v":2,"at":0,"values":["a"]}'],
    ['other fields', `{"v":1,"at":${Date.UTC(2026, 10, 27)},"values":["a","b"]}`],
    ['what is no value', `{"v":1,"at":${Date.UTC(2026, 10, 27)},"values":[{"de":["a"]}]}`],
    ['no moment', '{"v":1,"at":"now","values":["a"]}'],
  ])('that finds %s in the store asks', async (_what, text) => {
    const { cms } = open();
    const store = { read: () => text, write: async () => {} };
    const catalogue = openCatalogue(cms, clock, {}, store);
    expect([await catalogue.show('a'), cms.asked()]).toEqual(['a', ['a']]);
  });
});

describe('a store', () => {
  const down = () => {
    throw new Error('the store is down');
  };

  it.each([
    ['rejects', { read: async () => down(), write: async () => down() }],
    ['throws', { read: down, write: async () => down() }],
    ['has nothing and takes nothing', { read: () => null, write: async () => down() }],
  ])('that %s costs nothing but what it would have known', async (_what, store) => {
    const cms = openCms();
    const catalogue = openCatalogue(cms, clock, {}, store);
    await catalogue.warm('base');
    expect([await catalogue.show('a base'), cms.asked()]).toEqual(['a base', ['base', 'a']]);
  });

  it('that hangs does not hold an answer up beyond its deadline', async () => {
    const cms = openCms();
    const store = { read: () => new Promise<never>(() => {}), write: () => new Promise<never>(() => {}) };
    const catalogue = openCatalogue(cms, clock, {}, store);
    expect(await catalogue.waitFor('a', 300)).toBeLessThanOrEqual(301);
    expect([catalogue.showNow('a'), cms.asked()]).toEqual(['a', ['a']]);
  });
});

describe('languages', () => {
  const translated = (ids: readonly string[], locale: string | null) =>
    ids.map((id) => rowOf(id, `${id} in ${locale ?? 'any'}`));

  it('of a source that does not speak them cost no requests', async () => {
    const { cms, catalogue } = open();
    await catalogue.show('a', 'de');
    expect([catalogue.showNow('a', 'fr'), catalogue.showNow('a'), cms.asked()]).toEqual(['a', 'a', ['a']]);
  });

  it('of one that does are asked for each by itself', async () => {
    const { cms, catalogue } = open(SPEAKING);
    cms.answer = translated;
    expect([
      await catalogue.show('a', 'de-AT'),
      await catalogue.show('a', 'fr'),
      await catalogue.show('a'),
    ]).toEqual(['a in de-AT', 'a in fr', 'a in any']);
    expect([catalogue.showNow('a', 'de-AT'), cms.asked()]).toEqual([
      'a in de-AT',
      ['de-AT: a', 'fr: a', 'a'],
    ]);
  });

  it('that cannot be had are made up for by a more general one that is known', async () => {
    const { cms, catalogue } = open(SPEAKING);
    cms.answer = (ids, locale) => {
      if (locale === 'de-AT') throw broken();
      return translated(ids, locale);
    };
    await catalogue.show('a b');
    await catalogue.show('a', 'de');
    expect(await catalogue.show('a b c', 'de-AT')).toBe('a in de b in any !source_unavailable');
  });

  it('in which the source does not have an item do without it', async () => {
    const { cms, catalogue } = open(SPEAKING);
    cms.answer = (ids, locale) => (locale === 'fr' ? [] : translated(ids, locale));
    await catalogue.show('a');
    expect(await catalogue.show('a', 'fr')).toBe('!not_found');
  });

  it('beyond fifty at a time are answered in the source\u2019s own', async () => {
    const { cms, catalogue } = open(SPEAKING);
    cms.answer = translated;
    const names = Array.from(
      { length: 60 },
      (_, index) => `l${String.fromCharCode(97 + (index % 26))}${index}`,
    );
    for (const name of names) await catalogue.show('a', name);
    expect(new Set(cms.asked()).size).toBe(51);
    expect(catalogue.showNow('a', 'fr')).toBe('a in any');
    await later(HOUR_MS);
    expect(await catalogue.show('a', 'fr')).toBe('a in fr');
  });
});

describe('a source that is closed', () => {
  it('makes no request any more, and shows what it knows', async () => {
    const { cms, catalogue } = open();
    await catalogue.warm('base');
    await catalogue.close();
    await catalogue.close();
    cms.asked();
    await later(DAY_MS);
    expect(await catalogue.show('a base')).toBe('!source_unavailable base');
    await later(DAY_MS);
    expect([cms.asked(), vi.getTimerCount()]).toEqual([[], 0]);
  });

  it('leaves no timer behind when it was just asking for what is kept warm', async () => {
    const { cms, catalogue } = open();
    await catalogue.warm('base');
    cms.hangs();
    while (cms.requests.length < 2) await later(100);
    await catalogue.close();
    await later(1);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('ends the requests under way, which is no trouble of the source', async () => {
    const { cms, catalogue } = open();
    cms.hangs();
    const answer = catalogue.show('a');
    await settle();
    const [request] = cms.requests;
    await catalogue.close();
    expect([await answer, request?.signal.aborted]).toEqual(['!source_unavailable', true]);
    expect([catalogue.results, catalogue.troubles, vi.getTimerCount()]).toEqual([[], [], 0]);
  });
});

it('says what its items look like, and that it cannot tell which there are', () => {
  const { catalogue } = open();
  expect(catalogue).toMatchObject({
    name: DECLARATION.name,
    shape: { fields: ['title'], required: ['title'], html: [] },
    someIds: [],
  });
  expect([catalogue.has('a'), catalogue.schemes]).toEqual([null, ['https', 'http']]);
});
