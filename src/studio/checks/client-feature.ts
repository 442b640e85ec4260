import { readStyle } from './css.ts';
import type { Tag } from './read-html.ts';

/** What is made of one of caniemail's features. Without a word about it, it counts for all that uses it. */
export type Feature = {
  /** Features of one name are one finding; caniemail's title if there is none. */
  readonly name?: string;
  /** What is lost where it is not supported, if the message is fine without. */
  readonly detail?: string;
  /** What to do instead. */
  readonly advice?: string;
  /** To which tags it matters at all; all if nothing is said. */
  readonly concerns?: (tag: Tag) => boolean;
  /** Where support is partial: which notes matter, and to which tags. Others are about what is not used. */
  readonly partly?: readonly Matter[];
  /** True: another check tells of it, or nobody misses it. */
  readonly isIgnored?: boolean;
  /** True: a table that only Outlook on Windows sees does the same. */
  readonly isLayout?: boolean;
};

/** Tells caniemail's note, and whether it is about a tag. */
type Matter = readonly [note: RegExp, isAbout: (tag: Tag) => boolean];

/** In some apps, for mailboxes of others only: too few to tell everyone. */
const ABOUT_ACCOUNTS = /(?:non[- ](?:google|gmail|outlook)|hotmail|outlook|microsoft) account/i;

/** Of caniemail's notes on partial support those that are about a tag; null if it is of no consequence to that. */
export function notesAbout(
  tag: Tag,
  { partly }: Feature,
  notes: readonly string[],
): readonly string[] | null {
  if (notes.length === 0) return partly === undefined ? notes : null;
  const about = notes.filter((note) =>
    partly === undefined
      ? !ABOUT_ACCOUNTS.test(note)
      : partly.some(([pattern, isAbout]) => pattern.test(note) && isAbout(tag)),
  );
  return about.length === 0 ? null : about;
}

export const anyTag = (): boolean => true;

export function isOne(...names: string[]): (tag: Tag) => boolean {
  return ({ name }) => names.includes(name);
}

export function isNone(...names: string[]): (tag: Tag) => boolean {
  return ({ name }) => !names.includes(name);
}

/** Whether a property of such a name has such a value. */
export function has(property: RegExp, value: RegExp): (tag: Tag) => boolean {
  return ({ attributes }) =>
    [...readStyle(attributes.style)].some(([name, set]) => property.test(name) && value.test(set));
}

/** Whether an attribute has such a value. */
export function says(attribute: string, value: RegExp): (tag: Tag) => boolean {
  return ({ attributes }) => value.test(attributes[attribute] ?? '');
}

/** Whether all of it is true of a tag. */
export function all(...conditions: ((tag: Tag) => boolean)[]): (tag: Tag) => boolean {
  return (tag) => conditions.every((condition) => condition(tag));
}
