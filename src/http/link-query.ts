import { parseLocale } from '../domain/locale.ts';
import { cleanText } from '../text.ts';
import { MERGE_TAG } from './parameters.ts';
import { parseQuery, queryOf } from './query.ts';

/** What public links take. Recipients' links are never refused, so what cannot be read counts as not given. */
export type LinkQuery = {
  readonly userId: string | null;
  readonly deviceId: string | null;
  /** As the placement routes read it, or it would name another pin. */
  readonly campaign: string | null;
  readonly channel: string | null;
  readonly locale: string | null;
  readonly key: string | null;
  readonly position: number | null;
  readonly template: string | null;
  /** CSS pixels. */
  readonly width: number | null;
  readonly height: number | null;
};

export type MovableInk = readonly (readonly [name: string, value: string])[];

const NAMES: ReadonlySet<string> = new Set([
  'user_id',
  'device_id',
  'campaign',
  'channel',
  'locale',
  'key',
  'position',
  'item_index',
  'template',
  'width',
  'height',
]);

const MAX_LABEL = 128;
const MAX_POSITION = 20;
const MAX_PIXELS = 4_000;

/** Characters of all of them together; servers refuse long headers, and thus a long `Location`. */
const MAX_MOVABLE_INK = 1_024;

export function parseLinkQuery(target: string): LinkQuery {
  const { values } = parseQuery(queryOf(target), NAMES);
  const id = (name: string): string | null => values.get(name)?.[0] ?? null;
  const text = (name: string): string | null => {
    const given = id(name)?.trim() ?? '';
    return given === '' || MERGE_TAG.test(given) ? null : given;
  };
  const label = (name: string): string | null => {
    const given = text(name);
    return given === null || given.length > MAX_LABEL ? null : cleanText(given);
  };
  const campaign = label('campaign');
  const template = text('template');
  return {
    userId: id('user_id'),
    deviceId: id('device_id'),
    campaign: campaign !== null && Buffer.byteLength(campaign) > MAX_LABEL ? null : campaign,
    channel: label('channel'),
    locale: parseLocale(text('locale') ?? ''),
    key: text('key'),
    position: parseWhole(text('position') ?? text('item_index'), MAX_POSITION),
    // Never one of the templates for plain text, whose values are not escaped.
    template: template !== null && /^[\w-]{1,64}$/.test(template) ? template : null,
    width: parseWhole(text('width'), MAX_PIXELS),
    height: parseWhole(text('height'), MAX_PIXELS),
  };
}

/** Movable Ink's own parameters, `mi_u` and its like, which its reports need at the destination. */
export function parseMovableInk(target: string): MovableInk {
  if (!target.includes('mi_')) return [];
  const { values } = parseQuery(queryOf(target), NAMES);
  let room = MAX_MOVABLE_INK;
  return [...values].flatMap(([name, [value = '']]) => {
    if (!/^mi_\w{1,30}$/.test(name) || name.length + value.length > room) return [];
    room -= name.length + value.length;
    return [[name, value] as const];
  });
}

/** 1…`most`, written in digits alone; else null. */
export function parseWhole(text: string | null, most: number): number | null {
  if (text === null || !/^[1-9]\d{0,5}$/.test(text)) return null;
  const number = Number(text);
  return number <= most ? number : null;
}

/** The position that a path names, 1…20. */
export function parsePosition(text: string): number | null {
  return parseWhole(text, MAX_POSITION);
}
