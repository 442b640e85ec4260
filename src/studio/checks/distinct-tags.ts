import type { Tag } from './read-html.ts';

/** Tags that are alike to mail clients, such as those of three items. */
export type DistinctTag = {
  readonly all: readonly Tag[];
  /** One of them, as short as it can be, closed, and on one line. */
  readonly html: string;
};

/** Grouped, in the order of the first of each. Tags with names that no client knows are left out. */
export function distinctTags(tags: readonly Tag[]): DistinctTag[] {
  const groups = Map.groupBy(
    tags.filter(({ name }) => PLAIN_NAME.test(name)),
    write,
  );
  return Array.from(groups, ([html, all]) => ({ html, all }));
}

const PLAIN_NAME = /^[a-z][a-z0-9-]{0,40}$/;

function write({ name, attributes }: Tag): string {
  const written = Object.entries(attributes)
    .filter(([attribute]) => PLAIN_NAME.test(attribute) && !IRRELEVANT.has(attribute))
    .map(([attribute, value]) => ` ${attribute}="${encode(shorten(attribute, value))}"`);
  return `<${name}${written.join('')}></${name}>`;
}

/** Supported everywhere, and different with each item. */
const IRRELEVANT: ReadonlySet<string> = new Set(['id', 'class', 'alt', 'title']);

/** As much of a value as support depends on. */
function shorten(attribute: string, value: string): string {
  switch (attribute) {
    case 'style':
      return shortenStyle(value);
    case 'src':
      return `x${/\.[a-z0-9]{1,8}$/i.exec(value.split(/[?#]/, 1)[0] ?? '')?.[0] ?? ''}`;
    case 'href':
      return /^(?:#|mailto:)/i.exec(value.trim())?.[0] ?? '';
    case 'name':
    case 'type':
    case 'align':
    case 'width':
      return value.slice(0, 40);
    default:
      return '';
  }
}

/** More than any honest style has. */
const MAX_STYLE = 2_000;

/** On one line, and no longer than caniemail's expressions can take. */
function shortenStyle(style: string): string {
  const whole = style.slice(0, MAX_STYLE);
  const end = style.length > MAX_STYLE ? whole.lastIndexOf(';') + 1 : whole.length;
  return whole.slice(0, end).replace(/\s+/g, ' ').trim();
}

function encode(value: string): string {
  return value
    .replace(/&/g, '&amp;')
    .replace(/"/g, '&quot;')
    .replace(/[\r\n]/g, ' ');
}
