import { Agent } from 'undici';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Person } from '../../src/domain/person.ts';
import { servedEvent } from '../../src/events/event.ts';
import { KEEP_MS, type Outbox, removePerson } from '../../src/events/outbox.ts';
import type { Outcome } from '../../src/events/outcome.ts';
import { createPost } from '../../src/events/post.ts';
import { formatRow } from '../../src/events/row.ts';
import { createSender } from '../../src/events/sender.ts';
import { createMemoryOutbox } from '../../src/store/memory-outbox.ts';
import { placementWith } from '../domain/examples.ts';
import { createClock } from '../support/clock.ts';
import { API_KEY, openEventsApi, TAKEN } from '../support/events-api.ts';

const SECOND_MS = 1_000;
const DAY_MS = 86_400_000;
const BOX = 'events:';

const person = (id: string): Person => ({ kind: 'user_id', id });
const people = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => `person-${index + 1}`);

/** A sender between an outbox and the stand-in, whose time passes when it is told to. */
async function open({ itemIds = ['a', 'b'] }: { itemIds?: readonly string[] } = {}) {
  const clock = createClock();
  const api = await openEventsApi();
  const dispatcher = new Agent();
  onTestFinished(() => dispatcher.destroy());
  const memory = createMemoryOutbox(clock.monotonic);
  let outbox: Outbox = memory;
  const settled: string[] = [];
  const outcomes: Outcome['kind'][] = [];
  let isAlone = true;

  const start = () =>
    createSender({
      // As it is at the time of the call, so that a test can take it away.
      outbox: {
        append: (...args) => outbox.append(...args),
        peek: (...args) => outbox.peek(...args),
        replace: (...args) => outbox.replace(...args),
        remove: (...args) => outbox.remove(...args),
        count: (...args) => outbox.count(...args),
      },
      box: BOX,
      mayGoOn: async () => isAlone,
      post: createPost({ url: api.url, apiKey: API_KEY, dispatcher }),
      clock,
      onSettled: (how, lines) => settled.push(`${how} ${lines.length}`),
      onOutcome: ({ kind }) => outcomes.push(kind),
    });
  let sender = start();

  const lineFor = (id: string): string =>
    servedEvent(
      {
        placement: placementWith({ name: 'hero' }),
        decision: { variant: 'baseline', reason: 'control' },
        ...{ person: person(id), itemIds, campaign: 'weekly', channel: null },
      },
      clock.wall(),
    ).toLine();
  const turn = (signal = new AbortController().signal): Promise<boolean> => sender.turn(signal);
  return {
    ...{ clock, api, settled, outcomes, turn, lineFor },
    /** One row. */
    queue: (...ids: readonly string[]) =>
      memory.append(
        BOX,
        formatRow({ sinceMs: clock.wall(), notBeforeMs: 0, lines: ids.map(lineFor) }),
        KEEP_MS,
      ),
    append: (value: string) => memory.append(BOX, { value, count: 1 }, KEEP_MS),
    forget: (id: string) => removePerson(memory, BOX, person(id)),
    /** Until there is nothing more to do just now. */
    turns: async () => {
      while (await turn());
    },
    /** Another process takes over. */
    restart: () => {
      sender = start();
    },
    lose: (...methods: (keyof Outbox)[]) => {
      const gone = async () => Promise.reject(new Error('the store is gone'));
      outbox = { ...memory, ...Object.fromEntries(methods.map((method) => [method, gone])) };
    },
    find: () => {
      outbox = memory;
    },
    letOthers: () => {
      isAlone = false;
    },
    waiting: () => memory.count(BOX),
    /** Who was in each request, in their order. */
    sent: () => api.uploads.map(({ events }) => events.map(({ user_id }) => user_id)),
    taken: () => api.taken().map(({ user_id }) => user_id),
  };
}

describe('what waits', () => {
  it('is sent in one request, as Amplitude wants it, and is gone then', async () => {
    const { api, queue, turns, settled, waiting, sent } = await open();
    await queue('ann', 'bo');
    await queue('c');
    await turns();
    expect(sent()).toEqual([['ann', 'bo', 'c']]);
    expect(api.uploads[0]).toMatchObject({
      ...{ apiKey: API_KEY, options: { min_id_length: 1 }, contentType: 'application/json' },
    });
    expect([settled, await waiting()]).toEqual([['sent 3'], 0]);
  });

  it('is nothing: no request is made', async () => {
    const { api, turns } = await open();
    await turns();
    expect(api.uploads).toEqual([]);
  });

  it('is sent by one process alone', async () => {
    const { api, queue, turns, letOthers, waiting } = await open();
    await queue('ann');
    letOthers();
    await turns();
    expect([api.uploads.length, await waiting()]).toEqual([0, 1]);
  });

  it('goes in requests of a thousand, each once', async () => {
    const { api, queue, turns, sent, taken } = await open();
    const ids = people(2_345);
    for (let from = 0; from < ids.length; from += 400) await queue(...ids.slice(from, from + 400));
    await turns();
    expect(sent().map(({ length }) => length)).toEqual([1_000, 1_000, 345]);
    expect(taken()).toEqual(ids);
    expect(Math.max(...api.uploads.map(({ bytes }) => bytes))).toBeLessThan(1_000_000);
  });

  it('goes in requests of less than a megabyte, in bytes', async () => {
    const { api, queue, turns, taken } = await open({ itemIds: Array(20).fill('ü'.repeat(100)) });
    const ids = people(600);
    for (let from = 0; from < ids.length; from += 30) await queue(...ids.slice(from, from + 30));
    await turns();
    expect(taken()).toEqual(ids);
    expect(api.uploads.length).toBeGreaterThan(1);
    expect(Math.max(...api.uploads.map(({ bytes }) => bytes))).toBeLessThan(1_000_000);
  });
});

describe('what may have been taken', () => {
  it.each([
    [{ status: 500, isTaken: true }],
    [{ status: 502, isTaken: true }],
    [{ status: 504, isTaken: true }],
    [{ status: 503 }],
    [{ status: 200, isTaken: true, fault: 'reset' as const }],
    [{ status: 200, isTaken: false, body: '<html>proxy</html>' }],
  ])('is sent again until it surely was, and counts once: %o', async (reply) => {
    const { api, queue, turns, clock, taken, settled, waiting } = await open();
    await queue('ann', 'bob', 'cat');
    api.plan(reply);
    await turns();
    expect([await waiting(), settled]).toEqual([3, []]);
    clock.advance(SECOND_MS);
    await turns();
    expect([taken(), await waiting()]).toEqual([['ann', 'bob', 'cat'], 0]);
    const ids = api.uploads.flatMap(({ events }) => events.map(({ insert_id }) => insert_id));
    expect(new Set(ids).size).toBe(3);
  });

  it('is tried after longer and longer pauses, of a minute at most, with less at a time', async () => {
    const { api, queue, turns, clock, sent } = await open();
    await queue(...people(40));
    api.planForAll({ status: 500 });
    const pauses: number[] = [];
    for (let sinceMs = 0; pauses.length < 9; sinceMs += 500) {
      const before = api.uploads.length;
      await turns();
      if (api.uploads.length > before) {
        pauses.push(sinceMs / SECOND_MS);
        sinceMs = 0;
      }
      clock.advance(500);
    }
    expect(pauses.slice(1)).toEqual([1, 2, 4, 8, 16, 32, 60, 60]);
    expect(sent().map(({ length }) => length)).toEqual([40, 20, 10, 5, 2, 1, 1, 1, 1]);
  });

  it('goes on as before once it succeeds', async () => {
    const { api, queue, turns, clock, taken, sent } = await open();
    await queue(...people(100));
    api.plan({ status: 503 }, { status: 503 });
    for (let second = 0; second < 5; second += 1) {
      await turns();
      clock.advance(SECOND_MS);
    }
    expect(taken()).toEqual(people(100));
    expect(sent().map(({ length }) => length)).toEqual([100, 50, 25, 50, 25]);
  });

  it('lets the others go first if it fails alone, again and again', async () => {
    const { api, queue, turns, clock, taken, waiting } = await open();
    await queue('poison', ...people(5));
    api.planForAll(({ events }) =>
      events.some(({ user_id }) => user_id === 'poison') ? { status: 500 } : TAKEN,
    );
    for (let minute = 0; minute < 20; minute += 1) {
      await turns();
      clock.advance(60 * SECOND_MS);
    }
    expect([taken(), await waiting()]).toEqual([people(5), 1]);
  });
});

describe('what Amplitude refuses', () => {
  it('is dropped and counted, and the others are sent at once', async () => {
    const { api, queue, turns, settled, taken, waiting } = await open();
    await queue('ann', 'bad', 'cat', 'worse');
    const body = {
      code: 400,
      error: 'Invalid field values on some events',
      events_with_invalid_fields: { user_id: [1], time: [3] },
    };
    api.plan({ status: 400, body });
    await turns();
    expect([taken(), settled, await waiting()]).toEqual([['ann', 'cat'], ['refused 2', 'sent 2'], 0]);
  });

  it('is found where it is not named, and only it is dropped', async () => {
    const { api, queue, turns, settled, taken } = await open();
    await queue(...people(8));
    // Whatever holds the first one is refused as a whole.
    const body = { code: 400, error: 'Invalid event JSON' };
    api.plan(...Array.from({ length: 4 }, () => ({ status: 400, body })));
    await turns();
    expect(taken()).toEqual(people(8).slice(1));
    expect(settled.slice(0, 1)).toEqual(['unreadable 1']);
  });

  it('for its size is sent in halves, and alone it is dropped', async () => {
    const { api, queue, turns, settled, sent, taken } = await open();
    await queue(...people(4));
    api.plan({ status: 413 }, { status: 413 }, { status: 413 });
    await turns();
    expect(sent().map(({ length }) => length)).toEqual([4, 2, 1, 1, 2]);
    expect([settled[0], taken()]).toEqual(['too_large 1', people(4).slice(1)]);
  });

  it.each([
    ['a wrong key', { status: 400, body: { code: 400, error: 'Invalid API key: 3Rd' } }],
    ['a firewall', { status: 403, body: '<html>' }],
    ['a wrong URL', { status: 404, body: '' }],
  ])('because of %s waits, is tried once a minute, and nothing is lost', async (_why, reply) => {
    const { api, queue, turns, clock, settled, outcomes, taken } = await open();
    await queue('ann', 'bob');
    api.planForAll(reply);
    for (let second = 0; second < 179; second += 1) {
      await turns();
      clock.advance(SECOND_MS);
    }
    expect([outcomes, settled]).toEqual([['denied', 'denied', 'denied'], []]);
    api.planForAll(null);
    clock.advance(SECOND_MS);
    await turns();
    expect(taken()).toEqual(['ann', 'bob']);
  });
});

describe('what is throttled', () => {
  const throttling = (events: number[]) => ({
    status: 429,
    body: {
      ...{ code: 429, error: 'Too many requests for some devices and users', eps_threshold: 30 },
      throttled_events: events,
    },
  });

  it('without a name pauses for thirty seconds, and then everything is sent', async () => {
    const { api, queue, turns, clock, sent, taken } = await open();
    await queue('ann', 'bob');
    api.plan({ status: 429, body: { code: 429, error: 'Too many requests' } });
    await turns();
    clock.advance(29 * SECOND_MS);
    await queue('cat');
    await turns();
    expect(sent()).toHaveLength(1);
    clock.advance(SECOND_MS);
    await turns();
    expect([sent().length, taken()]).toEqual([2, ['ann', 'bob', 'cat']]);
  });

  it('by name waits for thirty seconds, while the others are sent', async () => {
    const { api, queue, turns, clock, sent, settled, waiting } = await open();
    await queue('ann', 'busy', 'cat');
    await queue('dan');
    api.plan(throttling([1]));
    await turns();
    expect(sent()).toEqual([
      ['ann', 'busy', 'cat', 'dan'],
      ['ann', 'cat', 'dan'],
    ]);
    clock.advance(29 * SECOND_MS);
    await turns();
    expect([sent().length, await waiting()]).toEqual([2, 1]);
    clock.advance(SECOND_MS);
    await turns();
    expect(sent().at(-1)).toEqual(['busy']);
    expect([settled, await waiting()]).toEqual([['sent 3', 'sent 1'], 0]);
  });

  it('takes no room from the others in their requests, however much it is', async () => {
    const { append, clock, queue, turns, sent } = await open();
    const lines = ['x'.repeat(100_000)];
    for (let row = 0; row < 10; row += 1)
      await append(
        formatRow({ sinceMs: clock.wall(), notBeforeMs: clock.wall() + 30 * SECOND_MS, lines }).value,
      );
    await queue(...people(20));
    await turns();
    expect(sent()).toEqual([people(20)]);
  });

  it('is not young again for that: six days are counted from its beginning', async () => {
    const { api, queue, turns, clock, settled } = await open();
    await queue('busy');
    clock.advance(6 * DAY_MS - 10 * SECOND_MS);
    api.plan(throttling([0]));
    await turns();
    clock.advance(30 * SECOND_MS);
    await turns();
    expect([settled, api.uploads.length]).toEqual([['too_old 1'], 1]);
  });

  it('for the whole day is dropped and counted', async () => {
    const { api, queue, turns, settled, taken } = await open();
    await queue('ann', 'bot');
    api.plan({ status: 429, body: { code: 429, exceeded_daily_quota_users: { bot: 500_001 } } });
    await turns();
    expect([settled, taken()]).toEqual([['over_quota 1', 'sent 1'], ['ann']]);
  });
});

describe('what has waited too long', () => {
  it('is not sent, since Amplitude might not know it again, and counted', async () => {
    const { queue, turns, clock, settled, taken, waiting } = await open();
    await queue('ann', 'bob');
    clock.advance(3 * DAY_MS);
    await queue('cat');
    clock.advance(3 * DAY_MS + 1);
    await turns();
    expect([settled, taken(), await waiting()]).toEqual([['too_old 2', 'sent 1'], ['cat'], 0]);
  });

  it('and was written by another version is dropped and counted', async () => {
    const { append, queue, turns, settled, taken, waiting } = await open();
    await append('{"version":9}\nsomething\nelse');
    await queue('ann');
    await turns();
    expect([settled, taken(), await waiting()]).toEqual([['unknown_format 2', 'sent 1'], ['ann'], 0]);
  });
});

describe('while the store fails', () => {
  it('nothing is sent that cannot be read', async () => {
    const { api, queue, turn, turns, lose, find, taken } = await open();
    await queue('ann');
    lose('peek');
    await expect(turn()).rejects.toThrow('the store is gone');
    expect(api.uploads).toHaveLength(0);
    find();
    await turns();
    expect(taken()).toEqual(['ann']);
  });

  it('what was sent and could not be removed is removed later, and not sent again', async () => {
    const { api, queue, turn, turns, lose, find, settled, waiting } = await open();
    await queue('ann', 'bob');
    lose('remove');
    await expect(turn()).rejects.toThrow('the store is gone');
    await expect(turn()).rejects.toThrow('the store is gone');
    find();
    await turns();
    expect([api.uploads.length, settled, await waiting()]).toEqual([1, ['sent 2'], 0]);
  });
});

describe('another process that takes over', () => {
  it('sends again what the first had sent of a row, and Amplitude takes each once', async () => {
    const { api, queue, turn, turns, restart, taken, waiting } = await open();
    await queue(...people(3));
    api.plan({ status: 413 });
    await turn();
    await turn();
    restart();
    await turns();
    expect([taken(), await waiting()]).toEqual([people(3), 0]);
    expect(api.uploads.at(-1)?.events).toHaveLength(3);
  });
});

describe('somebody who is forgotten', () => {
  it('is not sent any more, and the others of the same row are', async () => {
    const { queue, forget, turns, taken, waiting } = await open();
    await queue('ann', 'bob');
    await queue('ann');
    await queue('cat');
    await forget('ann');
    expect(await waiting()).toBe(2);
    await turns();
    expect(taken()).toEqual(['bob', 'cat']);
  });

  it('while a row is sent bit by bit takes nothing of others along', async () => {
    const { api, queue, forget, turn, turns, taken, waiting } = await open();
    await queue(...people(4));
    api.plan({ status: 413 });
    await turn();
    await turn();
    expect(taken()).toEqual(['person-1', 'person-2']);
    await forget('person-3');
    await turns();
    expect([taken(), await waiting()]).toEqual([['person-1', 'person-2', 'person-4'], 0]);
  });

  it('together with somebody else takes both along', async () => {
    const { queue, forget, turns, taken } = await open();
    await queue('ann', 'bob', 'cat');
    await Promise.all([forget('ann'), forget('bob')]);
    await turns();
    expect(taken()).toEqual(['cat']);
  });
});

it('ends at once when it is told to, and leaves what is under way for another time', async () => {
  const { api, queue, turn, waiting, outcomes } = await open();
  await queue('ann');
  api.plan({ status: 200, fault: 'hang' });
  const ending = new AbortController();
  const turning = turn(ending.signal);
  await api.arrived(1);
  ending.abort();
  expect([await turning, await waiting(), outcomes]).toEqual([false, 1, []]);
});
