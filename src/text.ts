import { decodeHTML } from 'entities';
import sanitizeHtml from 'sanitize-html';

// Liquid starts at `{{` or `{%`. An invisible word joiner between the two characters makes it text, wherever the
// value ends up and however often it is evaluated; so does one after a last `{`, which a neighbour could complete.
const LIQUID_OPENING = /\{(?=[{%]|$)/g;
const WORD_JOINER = '\u2060';

/** The same text, in which no Liquid runs. */
export function disarmLiquid(text: string): string {
  return text.replace(LIQUID_OPENING, `{${WORD_JOINER}`);
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the purpose
const WHITE_SPACE = /[\s\u0000-\u001f\u007f-\u009f\ufeff]+/g;

// Most texts of a catalogue have nothing of what `cleanText` changes, and one look is four times as fast as changing nothing.
const TO_BE_CLEANED =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the purpose
  /[<&{\u0000-\u001f\u007f-\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ud800-\udfff\ufeff]|^ | (?: |$)/;

/** More rounds than any honest text was ever encoded. */
const MAX_ROUNDS = 4;

/** Gmail clips a whole message at 102 KB; and what tags that are never closed cost grows with their square. */
export const MAX_LENGTH = 100_000;

/** What stands on lines of its own: words before and after it are not one word. */
export const BLOCKS = ['p', 'div', 'ul', 'ol', 'li', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'blockquote'];
export const OTHER_BLOCKS = (
  'address article aside caption center dd details dl dt fieldset figcaption figure footer form header hgroup ' +
  'legend main menu nav pre section summary table tr'
).split(' ');
export const CELLS = ['td', 'th'];

/** One line of text that is safe wherever it is put: no markup, no control characters, no Liquid that runs. Null if nothing is left. */
export function cleanText(raw: string, max: number | null = null): string | null {
  const whole = raw.slice(0, MAX_LENGTH);
  const text = TO_BE_CLEANED.test(whole) ? removeMarkup(whole).replace(WHITE_SPACE, ' ').trim() : whole;
  const short = max === null ? text : truncate(text, max);
  return short === '' ? null : disarmLiquid(short);
}

/** At most `max` characters as a reader counts them, cut between words where that is possible, with an ellipsis. */
export function truncate(text: string, max: number): string {
  // Never more characters than code units, so short texts are settled without counting.
  if (text.length <= max) return text;
  const characters = firstCharacters(text, max + 1);
  if (characters.length <= max) return text;
  const room = Math.max(0, max - 1);
  const cut = characters.slice(0, room).join('');
  const lastSpace = cut.lastIndexOf(' ');
  const isInWord = characters[room]?.trim() !== '' && lastSpace > cut.length * 0.6;
  return `${(isInWord ? cut.slice(0, lastSpace) : cut).trimEnd()}…`;
}

const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** Letters that are one character each as long as nothing but their like follows. */
const SINGLE = /^[ -~\u00a1-\u02ff]*$/;

/** The first `count` as a reader counts them. The rest of a long text is not looked at. */
function firstCharacters(text: string, count: number): string[] {
  const beginning = text.slice(0, count + 1);
  if (SINGLE.test(beginning)) return Array.from(beginning.slice(0, count));
  for (let length = 4 * count; ; length *= 4) {
    const characters = Array.from(segmenter.segment(text.slice(0, length)), ({ segment }) => segment);
    // The last of them may go on.
    if (characters.length > count || length >= text.length) return characters.slice(0, count);
  }
}

const ONLY_BREAKS: sanitizeHtml.IOptions = {
  allowedTags: [...BLOCKS, ...OTHER_BLOCKS, ...CELLS, 'br', 'hr'],
  allowedAttributes: {},
};

/** In what was sanitised `<` is a tag, since text has `&lt;` for it. */
const TAG = /<[^>]*>/g;

/**
 * Text without tags and with its entities read. What was encoded twice would turn into markup when it is read
 * once, so this goes on until nothing changes; then whatever could still open a tag is dropped.
 */
function removeMarkup(raw: string): string {
  let text = raw.toWellFormed();
  for (let round = 0; round < MAX_ROUNDS && /[<&]/.test(text); round += 1) {
    const stripped = decodeHTML(sanitizeHtml(text, ONLY_BREAKS).replace(TAG, ' '));
    if (stripped === text) break;
    text = stripped;
  }
  return text.replace(/(?<!<)<+(?=[a-z/!?])/gi, '');
}
