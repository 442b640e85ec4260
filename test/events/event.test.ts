import { describe, expect, it } from 'vitest';
import type { Person } from '../../src/domain/person.ts';
import type { Served } from '../../src/domain/served.ts';
import {
  clickedEvent,
  type Event,
  eventTypeOf,
  isAbout,
  isRefusedId,
  type KnownClick,
  servedEvent,
} from '../../src/events/event.ts';
import { placementWith } from '../domain/examples.ts';

const NOON_MS = Date.UTC(2026, 10, 27, 12);
const HOUR_MS = 3_600_000;
const ANN: Person = { kind: 'user_id', id: 'ann-4711@example.com' };
const HERO = placementWith({ name: 'hero', recommendation: 's234ssg' });

const SERVED: Served = {
  placement: HERO,
  person: ANN,
  decision: { variant: 'treatment', reason: 'recommended' },
  itemIds: ['a', 'b', 'c'],
  campaign: 'weekly-2026-11-27',
  channel: 'email',
};
const CLICK: KnownClick = {
  placement: HERO,
  person: ANN,
  reason: 'control',
  itemId: 'b',
  position: 2,
  campaign: null,
  channel: null,
};

const served = (changes: Partial<Served> = {}, timeMs = NOON_MS) =>
  servedEvent({ ...SERVED, ...changes }, timeMs);
const clicked = (changes: Partial<KnownClick> = {}, timeMs = NOON_MS) =>
  clickedEvent({ ...CLICK, ...changes }, timeMs);

const insertIdOf = (event: Event): string => JSON.parse(event.toLine()).insert_id;

describe('an event', () => {
  it('says what was served to whom, in the words of HTTP API V2', () => {
    const event = served({}, NOON_MS + 0.25);
    expect(JSON.parse(event.toLine())).toEqual({
      event_type: 'served',
      user_id: 'ann-4711@example.com',
      time: NOON_MS,
      insert_id: insertIdOf(event),
      event_properties: {
        ...{ placement: 'hero', variant: 'treatment', reason: 'recommended', recommendation: 's234ssg' },
        ...{ campaign: 'weekly-2026-11-27', channel: 'email', items: ['a', 'b', 'c'], item_count: 3 },
      },
    });
  });

  it('says what was clicked, and whether it was recommended', () => {
    const event = clicked({ person: { kind: 'device_id', id: 'phone' } });
    expect(JSON.parse(event.toLine())).toEqual({
      event_type: 'clicked',
      device_id: 'phone',
      time: NOON_MS,
      insert_id: insertIdOf(event),
      event_properties: {
        ...{ placement: 'hero', variant: 'baseline', reason: 'control', recommendation: 's234ssg' },
        ...{ campaign: null, channel: null, item: 'b', position: 2 },
      },
    });
    expect(JSON.parse(clicked({ reason: 'recommended' }).toLine()).event_properties.variant).toBe(
      'treatment',
    );
  });

  it('is one line, whatever is in it', () => {
    const odd = 'Zoë "q"\\ \n\r\u2028\u2029 👩‍🚀';
    const line = served({ person: { kind: 'user_id', id: odd }, itemIds: [odd], campaign: odd }).toLine();
    expect(line.split('\n')).toHaveLength(1);
    expect(JSON.parse(line)).toMatchObject({
      user_id: odd,
      event_properties: { items: [odd], campaign: odd },
    });
  });

  it('is known by its line', () => {
    expect([eventTypeOf(served().toLine()), eventTypeOf(clicked().toLine())]).toEqual(['served', 'clicked']);
  });
});

describe('the insert_id', () => {
  it.each<[string, Partial<Served>, number]>([
    ['at another time', {}, NOON_MS + 200 * HOUR_MS],
    ['with other items', { itemIds: ['c'] }, NOON_MS],
    ['in another channel', { channel: 'push' }, NOON_MS],
    ['for another reason', { decision: { variant: 'baseline', reason: 'timeout' } }, NOON_MS],
  ])('is the same for the same person, placement and campaign %s', (_how, changes, timeMs) => {
    expect(insertIdOf(served(changes, timeMs))).toBe(insertIdOf(served()));
  });

  it.each<[string, Partial<Served>]>([
    ['person', { person: { kind: 'user_id', id: 'ann-4712@example.com' } }],
    ['kind of id', { person: { kind: 'device_id', id: ANN.id } }],
    ['placement', { placement: placementWith({ name: 'strip' }) }],
    ['campaign', { campaign: 'weekly-2026-12-04' }],
  ])('is another one for another %s', (_what, changes) => {
    expect(insertIdOf(served(changes))).not.toBe(insertIdOf(served()));
  });

  it('goes by the day (UTC) where there is no campaign', () => {
    const day = (timeMs: number) => insertIdOf(served({ campaign: null }, timeMs));
    expect(day(NOON_MS + 11 * HOUR_MS)).toBe(day(NOON_MS));
    expect(day(NOON_MS + 12 * HOUR_MS)).not.toBe(day(NOON_MS));
    expect(day(NOON_MS)).not.toBe(
      insertIdOf(served({ campaign: String(Math.floor(NOON_MS / (24 * HOUR_MS))) })),
    );
  });

  it('tells apart what was clicked, by item and position, and clicks from what was served', () => {
    const ids = [clicked(), clicked({ itemId: 'a' }), clicked({ position: 1 }), served({ campaign: null })];
    expect(new Set(ids.map(insertIdOf)).size).toBe(4);
    expect(insertIdOf(clicked({}, NOON_MS + HOUR_MS))).toBe(insertIdOf(clicked()));
  });

  it('cannot be made to fit another by what is in the parts', () => {
    const one = insertIdOf(clicked({ campaign: 'a', position: 1, itemId: '2\nb' }));
    expect(insertIdOf(clicked({ campaign: 'a', position: 12, itemId: '\nb' }))).not.toBe(one);
  });

  it('tells nothing of the person', () => {
    expect(insertIdOf(served())).toMatch(/^[\w-]{32}$/);
    expect(insertIdOf(served())).not.toContain('ann');
  });
});

describe('an id', () => {
  it.each([
    'anonymous',
    'Anonymous',
    'NULL',
    'nil',
    'none',
    'n/a',
    'na',
    'undefined',
    'unknown',
    '0',
    '-1',
    '{}',
  ])('that stands for nobody is refused: %s', (id) =>
    expect(isRefusedId({ kind: 'user_id', id })).toBe(true),
  );

  it.each(['00000000-0000-0000-0000-000000000000', '0000'])('of zeros is refused: %s', (id) =>
    expect(isRefusedId({ kind: 'device_id', id })).toBe(true),
  );

  it.each(['1', 'ann', '10', '-10', 'nobody', 'null-1', '00000000-0000-0000-0000-000000000001'])(
    'of somebody is not: %s',
    (id) => expect(isRefusedId({ kind: 'user_id', id })).toBe(false),
  );
});

describe('whom an event is about', () => {
  const line = served({ person: { kind: 'user_id', id: 'a"b' }, itemIds: ['ann'], campaign: 'bob' }).toLine();
  it.each<[Person, boolean]>([
    [{ kind: 'user_id', id: 'a"b' }, true],
    [{ kind: 'device_id', id: 'a"b' }, false],
    [{ kind: 'user_id', id: 'ann' }, false],
    [{ kind: 'user_id', id: 'bob' }, false],
    [{ kind: 'user_id', id: 'a' }, false],
  ])('%o: %s', (person, expected) => {
    expect(isAbout(line, person)).toBe(expected);
  });
});
