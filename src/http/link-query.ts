import { parseLocale } from '../domain/locale.ts';
import { cleanText } from '../text.ts';
import { MERGE_TAG } from './parameters.ts';
import { parseQuery, queryOf } from './query.ts';

// Recipients' links are never refused, so what cannot be read counts as not given.

/** What positional links take. */
export type LinkQuery = {
  readonly userId: string | null;
  readonly deviceId: string | null;
  /** As the placement routes read it, or it would name another pin. */
  readonly campaign: string | null;
  readonly channel: string | null;
  readonly locale: string | null;
  readonly key: string | null;
};

/** What pages take besides. */
export type PageQuery = {
  readonly position: number | null;
  readonly template: string | null;
  /** CSS pixels. */
  readonly width: number | null;
  readonly height: number | null;
};

export type MovableInk = readonly (readonly [name: string, value: string])[];

/** Of all that links take: a piece of a query that is none of these may belong to an id before it. */
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
  const values = valuesOf(target);
  const campaign = labelOf(values, 'campaign');
  const locale = textOf(values, 'locale');
  return {
    userId: values.get('user_id')?.[0] ?? null,
    deviceId: values.get('device_id')?.[0] ?? null,
    campaign: campaign !== null && Buffer.byteLength(campaign) > MAX_LABEL ? null : campaign,
    channel: labelOf(values, 'channel'),
    locale: locale === null ? null : parseLocale(locale),
    key: textOf(values, 'key'),
  };
}

export function parsePageQuery(target: string): PageQuery {
  const values = valuesOf(target);
  const template = textOf(values, 'template');
  return {
    position: parsePosition(textOf(values, 'position') ?? textOf(values, 'item_index')),
    // Never one of the templates for plain text, whose values are not escaped.
    template: template !== null && /^[\w-]{1,64}$/.test(template) ? template : null,
    width: parseWhole(textOf(values, 'width'), MAX_PIXELS),
    height: parseWhole(textOf(values, 'height'), MAX_PIXELS),
  };
}

/** Movable Ink's own parameters, `mi_u` and its like, which its reports need at the destination. */
export function parseMovableInk(target: string): MovableInk {
  if (!target.includes('mi_')) return [];
  let room = MAX_MOVABLE_INK;
  return [...valuesOf(target)].flatMap(([name, [value = '']]) => {
    if (!/^mi_\w{1,30}$/.test(name) || name.length + value.length > room) return [];
    room -= name.length + value.length;
    return [[name, value] as const];
  });
}

/** The position that a path or a query names, 1…20. */
export function parsePosition(text: string | null): number | null {
  return parseWhole(text, MAX_POSITION);
}

/** 1…`most`, written in digits alone; else null. */
function parseWhole(text: string | null, most: number): number | null {
  if (text === null || !/^[1-9]\d{0,5}$/.test(text)) return null;
  const number = Number(text);
  return number <= most ? number : null;
}

type Values = ReadonlyMap<string, readonly string[]>;

function valuesOf(target: string): Values {
  return parseQuery(queryOf(target), NAMES).values;
}

function textOf(values: Values, name: string): string | null {
  const given = values.get(name)?.[0]?.trim() ?? '';
  return given === '' || MERGE_TAG.test(given) ? null : given;
}

function labelOf(values: Values, name: string): string | null {
  const given = textOf(values, name);
  return given === null || given.length > MAX_LABEL ? null : cleanText(given);
}
