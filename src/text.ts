import { decodeHTML } from 'entities';
import sanitizeHtml from 'sanitize-html';

// Liquid starts at `{{` or `{%`. An invisible word joiner between the two characters makes it text, wherever the
// value ends up and however often it is evaluated; so does one after a last `{`, which a neighbour could complete.
const LIQUID_OPENING = /\{(?=[{%]|$)/g;
const WORD_JOINER = '\u2060';

// biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the purpose
const WHITE_SPACE = /[\s\u0000-\u001f\u007f-\u009f\ufeff]+/g;

// Most texts of a catalogue have nothing of what `cleanText` changes, and one look is four times as fast as changing nothing.
const TO_BE_CLEANED =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the purpose
  /[<&{\u0000-\u001f\u007f-\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ud800-\udfff\ufeff]|^ | (?: |$)/;

/** More rounds than any honest text was ever encoded. */
const MAX_ROUNDS = 4;

/** Gmail clips a whole message at 102 KB; and what tags that are never closed cost grows with their square. */
const MAX_LENGTH = 100_000;

/** One line of text that is safe wherever it is put: no markup, no control characters, no Liquid that runs. Null if nothing is left. */
export function cleanText(raw: string, max: number | null = null): string | null {
  const text = TO_BE_CLEANED.test(raw) ? removeMarkup(raw).replace(WHITE_SPACE, ' ').trim() : raw;
  const short = max === null ? text : truncate(text, max);
  return short === '' ? null : short.replace(LIQUID_OPENING, `{${WORD_JOINER}`);
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
  const characters: string[] = [];
  for (const { segment } of segmenter.segment(text)) {
    if (characters.length === count) break;
    characters.push(segment);
  }
  return characters;
}

/** What stands on lines of its own: words before and after it are not one word. */
const BLOCKS = ['p', 'div', 'ul', 'ol', 'li', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'blockquote'];
const OTHER_BLOCKS = (
  'address article aside caption center dd details dl dt fieldset figcaption figure footer form header hgroup ' +
  'legend main menu nav pre section summary table tr'
).split(' ');
const CELLS = ['td', 'th'];

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
  let text = raw.slice(0, MAX_LENGTH).toWellFormed();
  for (let round = 0; round < MAX_ROUNDS && /[<&]/.test(text); round += 1) {
    const stripped = decodeHTML(sanitizeHtml(text, ONLY_BREAKS).replace(TAG, ' '));
    if (stripped === text) break;
    text = stripped;
  }
  return text.replace(/(?<!<)<+(?=[a-z/!?])/gi, '');
}

const LINK_SCHEMES: readonly string[] = ['https', 'http', 'mailto', 'tel'];

/** What mail clients and Braze show alike. No classes and styles: they are the template's business. */
const MESSAGE_HTML: sanitizeHtml.IOptions = {
  allowedTags: [
    ...'a b strong i em u s strike del ins sub sup small span br hr'.split(' '),
    ...BLOCKS,
    ...OTHER_BLOCKS,
    ...CELLS,
  ],
  allowedAttributes: { a: ['href'] },
  allowedSchemes: [...LINK_SCHEMES],
  allowProtocolRelative: false,
  // Besides the usual: what is not shown, or only where something else cannot be.
  nonTextTags: (
    'script style textarea option xmp title template noscript noframes noembed iframe object audio video canvas svg'
  ).split(' '),
  transformTags: {
    // A link within the page it came from leads nowhere in a message.
    a: (_tag, { href }) => {
      const url = href === undefined ? null : parseUrl(href, LINK_SCHEMES);
      return url === null ? { tagName: 'span', attribs: {} } : { tagName: 'a', attribs: { href: url } };
    },
  },
  // Editors leave empty paragraphs and links behind, which are gaps and traps for screen readers.
  exclusiveFilter: ({ tag, text }) => (tag === 'a' || BLOCKS.includes(tag)) && text.trim() === '',
};

/** What these are called in a message; no name drops the tag. A heading of the page is none of the message's. */
const NAMES: ReadonlyMap<string, string> = new Map([
  ...OTHER_BLOCKS.map((tag) => [tag, 'div'] as const),
  ['h1', 'h2'],
  ['h5', 'h4'],
  ['h6', 'h4'],
  ['strike', 's'],
  ['span', ''],
]);

// Unlike `\s` without spaces that do not break, which are there on purpose.
// biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the purpose
const HTML_SPACE = /[\u0000-\u0020\u007f-\u009f\u2028\u2029\ufeff]+/g;

/**
 * HTML that may stand in a message as it is, in an element that holds blocks, such as `td` or `div`: paragraphs, emphasis,
 * lists, safe links, each tag closed, and no Liquid that runs. Null if nothing is left to read.
 */
export function cleanHtml(raw: string): string | null {
  if (raw.length > MAX_LENGTH) return null;
  let html = raw.toWellFormed();
  // What goes in the first round may have held apart what must not nest, as in `<p><span><p>`.
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const sanitized = sanitize(html);
    if (sanitized === html) break;
    html = sanitized;
  }
  if (html.replace(TAG, '').trim() === '') return null;
  return html.replace(LIQUID_OPENING, `{${WORD_JOINER}`);
}

function sanitize(html: string): string {
  return sanitizeHtml(html, MESSAGE_HTML)
    .replace(/<(\/?)(\w+)>/g, (tag, slash, name) => {
      // Cells outside of a table would break the one that the message is laid out with.
      if (CELLS.includes(name)) return ' ';
      const renamed = NAMES.get(name);
      return renamed === undefined ? tag : renamed && `<${slash}${renamed}>`;
    })
    .replace(HTML_SPACE, ' ')
    .trim();
}

// What most catalogues hold already is in normal form, and parsing it would cost most of the time that loading takes.
// Each character can be read in one way only, so that no text takes long.
const NORMAL_URL = /^https:\/\/(?:(?!xn--)[a-z0-9-]+\.)+[a-z]{2,}(?:\/[\w~-][\w.~-]*)+(?:\?[\w.~=&-]*)?$/;

/**
 * An absolute URL of one of the schemes in normal form, safe in an attribute and for Liquid; else null. A relative one
 * is resolved against `base`, where there is one.
 */
export function parseUrl(
  text: string,
  schemes: readonly string[],
  base: string | null = null,
): string | null {
  if (schemes.includes('https') && NORMAL_URL.test(text)) return text;
  const trimmed = text.trim();
  const url = trimmed === '' ? null : URL.parse(trimmed, base ?? undefined);
  if (!url || !schemes.includes(url.protocol.slice(0, -1))) return null;
  if (url.username !== '' || url.password !== '') return null;
  return url.href.replace(/[{}()"'<>`\\\s]/g, percentEncode);
}

function percentEncode(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
}
