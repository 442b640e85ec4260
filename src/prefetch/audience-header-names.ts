const MAX_TOLD = 20;

/** What names of columns are made of. */
const PLAIN_NAME = /^[\p{L}_][\p{L}\d _./()-]{0,39}$/u;

/** No name has it, and many an id. */
const LONG_NUMBER = /\d{3}/;

/** Words without one of which a first line may be anybody's. */
const HEADER_WORDS = new Set(
  (
    'id ids uid uuid guid user users userid customer customers contact contacts subscriber email mail ' +
    'name firstname lastname key number phone country city language date created updated gender status type'
  ).split(' '),
);

/**
 * The columns' names as far as they may be told. The first line of a file without a header is its first person, so nothing is
 * told unless all of it reads like a header.
 */
export function tellableNames(names: readonly string[]): readonly string[] {
  const given = names.map((name) => name.trim()).filter((name) => name !== '');
  const isHeader =
    given.every((name) => PLAIN_NAME.test(name) && !LONG_NUMBER.test(name)) &&
    given.some((name) => wordsOf(name).some((word) => HEADER_WORDS.has(word)));
  if (!isHeader) return [];
  return given.length > MAX_TOLD ? [...given.slice(0, MAX_TOLD), '…'] : given;
}

function wordsOf(name: string): readonly string[] {
  return name
    .replace(/(\p{Ll})(\p{Lu})/gu, '$1 $2')
    .toLowerCase()
    .split(/[^\p{L}]+/u);
}
