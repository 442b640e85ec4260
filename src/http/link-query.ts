import { parseLocale } from '../domain/locale.ts';
import { cleanText } from '../text.ts';
import { parseQuery, queryOf } from './query.ts';

/** What public links take. Recipients' links are never refused, so what cannot be read counts as not given. */
export type LinkQuery = {
  readonly userId: string | null;
  readonly deviceId: string | null;
  readonly campaign: string | null;
  readonly channel: string | null;
  readonly locale: string | null;
  readonly key: string | null;
  readonly position: number | null;
  readonly template: string | null;
  /** CSS pixels. */
  readonly width: number | null;
  readonly height: number | null;
  /** Movable Ink's own, `mi_u` and its like, which its reports need at the destination. */
  readonly movableInk: readonly (readonly [name: string, value: string])[];
};

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
const MAX_PIXELS = 4_000;

export function parseLinkQuery(target: string): LinkQuery {
  const { values } = parseQuery(queryOf(target), NAMES);
  const text = (name: string): string | null => values.get(name)?.[0]?.trim() || null;
  const label = (name: string): string | null => {
    const given = text(name);
    return given === null || Buffer.byteLength(given) > MAX_LABEL ? null : cleanText(given);
  };
  const whole = (name: string, most: number): number | null => {
    const number = Number(text(name));
    return Number.isInteger(number) && number >= 1 && number <= most ? number : null;
  };
  return {
    userId: text('user_id'),
    deviceId: text('device_id'),
    campaign: label('campaign'),
    channel: label('channel'),
    locale: parseLocale(text('locale') ?? ''),
    key: text('key'),
    position: whole('position', 20) ?? whole('item_index', 20),
    template: text('template'),
    width: whole('width', MAX_PIXELS),
    height: whole('height', MAX_PIXELS),
    movableInk: [...values].flatMap(([name, [value = '']]) =>
      /^mi_\w{1,30}$/.test(name) && value.length <= 512 ? [[name, value] as const] : [],
    ),
  };
}
