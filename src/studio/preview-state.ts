import { z } from 'zod';
import { parseLocale } from '../domain/locale.ts';
import type { StudioPlacement } from './placement.ts';

/** What of a placement a preview shows, and how. All of it stands in the URL, so that a link shows it to a colleague. */
export type PreviewState = {
  /** Names of samples, side by side. */
  readonly who: readonly string[];
  /** The block itself, its plain text, its HTML as source, or the keys of its JSON. */
  readonly show: Shown;
  /** Which of the HTML templates; null where there is none. */
  readonly template: string | null;
  /** CSS pixels. */
  readonly width: number;
  readonly scheme: 'light' | 'dark';
  readonly locale: string | null;
  readonly limit: number | null;
  readonly exclude: readonly string[];
  /** 1…n: that item alone. */
  readonly position: number | null;
  readonly campaign: string | null;
  readonly channel: string | null;
  /** The whole page of a web crop. */
  readonly page: boolean;
};

const SHOWN = ['block', 'text', 'source', 'keys'] as const;
export type Shown = (typeof SHOWN)[number];

export const WIDTHS = [375, 600] as const;
export const MIN_WIDTH = 240;
export const MAX_WIDTH = 1_200;
const USUAL_WHO = ['treatment', 'control'];
export const MAX_SIDE_BY_SIDE = 6;
const MAX_TEXT = 128;

const text = z
  .string()
  .trim()
  .max(MAX_TEXT)
  .transform((value) => (value === '' ? null : value))
  .nullable()
  .catch(null);
const list = z
  .string()
  .transform((value) =>
    value
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== ''),
  )
  .catch([]);
const whole = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,5}$/)
    .transform(Number)
    .pipe(z.int().min(min).max(max));

/** Reads a view's query; what cannot be read, or does not fit the placement, counts as not given. */
export function parsePreviewState(
  query: URLSearchParams,
  { placement, templates, samples }: Pick<StudioPlacement, 'placement' | 'templates' | 'samples'>,
): PreviewState {
  const get = (name: string): string | undefined => query.get(name) ?? undefined;
  const known = list.parse(query.getAll('who').join()).filter((name) => samples.has(name));
  const html = htmlTemplatesOf(templates);
  const shown = shownOf(templates);
  const asked = get('template') ?? '';
  const numbers = whole(1, placement.items).nullable().catch(null);
  return {
    who: query.has('who') ? [...new Set(known)].slice(0, MAX_SIDE_BY_SIDE) : USUAL_WHO,
    show: z.enum(shown).catch(shown[0]).parse(get('show')),
    template: html.includes(asked) ? asked : (html[0] ?? null),
    width: whole(MIN_WIDTH, MAX_WIDTH).catch(600).parse(get('width')),
    scheme: z.enum(['light', 'dark']).catch('light').parse(get('scheme')),
    locale: parseLocale(get('locale') ?? ''),
    limit: numbers.parse(get('limit')),
    exclude: list.parse(get('exclude') ?? ''),
    position: numbers.parse(get('position')),
    campaign: text.parse(get('campaign')),
    channel: text.parse(get('channel')),
    page: get('page') === '1',
  };
}

/** The templates that make HTML, the usual one first. */
export function htmlTemplatesOf(templates: ReadonlyMap<string, unknown>): string[] {
  const names = [...templates.keys()].filter((name) => !name.endsWith('.txt'));
  return names.sort((a, b) => Number(b === 'email') - Number(a === 'email') || a.localeCompare(b));
}

/** The forms that a placement has, the usual one first. */
export function shownOf(templates: ReadonlyMap<string, unknown>): [Shown, ...Shown[]] {
  const isThere: Readonly<Record<Shown, boolean>> = {
    block: htmlTemplatesOf(templates).length > 0,
    text: textTemplateOf(templates, null) !== null,
    source: htmlTemplatesOf(templates).length > 0,
    keys: true,
  };
  const [first = 'keys', ...others] = SHOWN.filter((show) => isThere[show]);
  return [first, ...others];
}

/** The template that makes the plain text beside an HTML template; null where there is none. */
export function textTemplateOf(
  templates: ReadonlyMap<string, unknown>,
  template: string | null,
): string | null {
  const names = [...templates.keys()].filter((name) => name.endsWith('.txt')).sort();
  return [`${template}.txt`, 'email.txt', ...names].find((name) => templates.has(name)) ?? null;
}

/** The query of a view, with what is not as usual. */
export function formatPreviewState(state: PreviewState): string {
  const query = new URLSearchParams();
  const set = (name: string, value: string | number | null, usual: string | number | null = null): void => {
    if (value !== null && value !== '' && value !== usual) query.set(name, String(value));
  };
  const who = state.who.join();
  if (who !== USUAL_WHO.join()) query.set('who', who);
  set('show', state.show, 'block');
  set('template', state.template, 'email');
  set('width', state.width, 600);
  set('scheme', state.scheme, 'light');
  set('locale', state.locale);
  set('limit', state.limit);
  set('exclude', state.exclude.join());
  set('position', state.position);
  set('campaign', state.campaign);
  set('channel', state.channel);
  set('page', state.page ? 1 : null);
  return query.size === 0 ? '' : `?${query.toString().replaceAll('%2C', ',')}`;
}
