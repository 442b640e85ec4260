import { decodeHTML } from 'entities';
import sanitizeHtml from 'sanitize-html';

// Liquid starts at `{{` or `{%`. An invisible word joiner between the two characters makes it text, wherever the
// value ends up and however often it is evaluated; so does one after a last `{`, which a neighbour could complete.
const LIQUID_OPENING = /\{(?=[{%]|$)/g;
const WORD_JOINER = '\u2060';

// biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the purpose
const WHITE_SPACE = /[\s\u0000-\u001f\u007f-\u009f\ufeff]+/g;

/** More rounds than any honest text was ever encoded. */
const MAX_ROUNDS = 4;

/** One line of text that is safe wherever it is put: no markup, no control characters, no Liquid that runs. Null if nothing is left. */
export function cleanText(raw: string, max: number | null = null): string | null {
  const text = removeMarkup(raw).replace(WHITE_SPACE, ' ').trim();
  const short = max === null ? text : truncate(text, max);
  return short === '' ? null : short.replace(LIQUID_OPENING, `{${WORD_JOINER}`);
}

/** At most `max` characters as a reader counts them, cut between words where that is possible, with an ellipsis. */
export function truncate(text: string, max: number): string {
  // Never more characters than code units, so short texts are settled without counting.
  if (text.length <= max) return text;
  const characters = Array.from(segmenter.segment(text), ({ segment }) => segment);
  if (characters.length <= max) return text;
  const room = Math.max(0, max - 1);
  const cut = characters.slice(0, room).join('');
  const lastSpace = cut.lastIndexOf(' ');
  const isInWord = characters[room]?.trim() !== '' && lastSpace > cut.length * 0.6;
  return `${(isInWord ? cut.slice(0, lastSpace) : cut).trimEnd()}…`;
}

const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' });

/**
 * Text without tags and with its entities read. What was encoded twice would turn into markup when it is read
 * once, so this goes on until nothing changes; then whatever could still open a tag is dropped.
 */
function removeMarkup(raw: string): string {
  let text = raw;
  for (let round = 0; round < MAX_ROUNDS && /[<&]/.test(text); round += 1) {
    const stripped = decodeHTML(sanitizeHtml(text, NO_TAGS));
    if (stripped === text) break;
    text = stripped;
  }
  return text.replace(/<+(?=[a-z/!?])/gi, '');
}

/** HTML that may stand in a message as it is: paragraphs, emphasis, lists, safe links, and no Liquid that runs. Null if nothing is left. */
export function cleanHtml(raw: string): string | null {
  const html = sanitizeHtml(raw.toWellFormed(), MESSAGE_TAGS).replace(WHITE_SPACE, ' ').trim();
  if (cleanText(html) === null) return null;
  return html.replace(LIQUID_OPENING, `{${WORD_JOINER}`);
}

/** What mail clients and Braze show alike. No classes and styles: they are the template's business. */
const MESSAGE_TAGS: sanitizeHtml.IOptions = {
  allowedTags: [
    'p',
    'br',
    'b',
    'strong',
    'i',
    'em',
    'u',
    's',
    'sub',
    'sup',
    'ul',
    'ol',
    'li',
    'a',
    'h2',
    'h3',
    'h4',
    'blockquote',
    'hr',
  ],
  allowedAttributes: { a: ['href'] },
  allowedSchemes: ['https', 'http', 'mailto', 'tel'],
  allowProtocolRelative: false,
  disallowedTagsMode: 'discard',
  // A link within the page it came from leads nowhere in a message.
  transformTags: {
    a: (tag, { href }) => ({ tagName: tag, attribs: href && /^[a-z]+:/i.test(href) ? { href } : {} }),
  },
};

const NO_TAGS: sanitizeHtml.IOptions = { allowedTags: [], allowedAttributes: {} };
