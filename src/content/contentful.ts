import { valueAt } from './fields.ts';
import type { Row } from './source.ts';

/** Links that are followed one behind the other: page → section → teaser → product → picture. */
const MAX_LINKS = 5;

/** Levels within one entry; rich text has some thirty. */
const MAX_LEVELS = 100;

/**
 * Puts what an answer of Contentful's Delivery API includes in the place of the links to it, anywhere in the rows'
 * fields. A link is null where nothing published is behind it or `MAX_LINKS` is used up, so nothing ever turns in a circle.
 * @see https://www.contentful.com/developers/docs/concepts/links/
 */
export function resolveLinks(answer: unknown, rows: readonly Row[]): Row[] {
  const included = indexIncluded(answer);
  // An entry that many link to is resolved once for each number of links left, or a few entries could grow to millions.
  const resolved = new Map<string, Row>();

  const follow = (link: string, linksLeft: number): Row | null => {
    const target = included.get(link);
    if (!target || linksLeft === 0) return null;
    const key = `${linksLeft} ${link}`;
    const result = resolved.get(key) ?? resolveFields(target, linksLeft - 1);
    resolved.set(key, result);
    return result;
  };

  const resolveFields = (row: Row, linksLeft: number): Row =>
    Object.hasOwn(row, 'fields') ? { ...row, fields: replaceLinks(row.fields, linksLeft, MAX_LEVELS) } : row;

  const replaceLinks = (value: unknown, linksLeft: number, levelsLeft: number): unknown => {
    if (typeof value !== 'object' || value === null) return value;
    const link = parseLink(value);
    if (link !== null) return follow(link, linksLeft);
    if (levelsLeft === 0) return null;
    const replaceIn = (part: unknown) => replaceLinks(part, linksLeft, levelsLeft - 1);
    if (Array.isArray(value)) return value.map(replaceIn);
    return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, replaceIn(part)]));
  };

  return rows.map((row) => resolveFields(row, MAX_LINKS));
}

/** `Asset 4x…` or `Entry 1z…`, if this is a link to one. */
function parseLink(value: object): string | null {
  if (valueAt(value, 'sys.type') !== 'Link') return null;
  const type = valueAt(value, 'sys.linkType');
  return type === 'Asset' || type === 'Entry' ? `${type} ${valueAt(value, 'sys.id')}` : null;
}

/** What was asked for is in `items`, what that links to in `includes`, and nothing in both. */
function indexIncluded(answer: unknown): ReadonlyMap<string, Row> {
  const found = ['items', 'includes.Entry', 'includes.Asset'].flatMap((path) => {
    const list = valueAt(answer, path);
    return Array.isArray(list) ? (list as unknown[]) : [];
  });
  return new Map(
    found
      .filter((row): row is Row => typeof row === 'object' && row !== null)
      .map((row) => [`${valueAt(row, 'sys.type')} ${valueAt(row, 'sys.id')}`, row]),
  );
}
