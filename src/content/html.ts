import sanitizeHtml from 'sanitize-html';
import { BLOCKS, CELLS, disarmLiquid, MAX_LENGTH, OTHER_BLOCKS } from '../text.ts';
import { nest } from './html-nesting.ts';
import { parseUrl } from './url.ts';

const LINK_SCHEMES: readonly string[] = ['https', 'http', 'mailto', 'tel'];

/** What holds no text to be read, or some only for where something else cannot be shown. */
const UNREAD = (
  'script style textarea option xmp title template ' +
  'noscript noframes noembed iframe object audio video canvas svg'
).split(' ');

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
  nonTextTags: UNREAD,
  transformTags: {
    // A link within the page it came from leads nowhere in a message. Its tag becomes one that is kept for now, since
    // sanitize-html closes the wrong one behind a tag that was renamed and then dropped.
    a: (_tag, { href }) => {
      const url = href === undefined ? null : parseUrl(href, LINK_SCHEMES);
      const attribs: sanitizeHtml.Attributes = url === null ? {} : { href: url };
      return { tagName: url === null ? 'span' : 'a', attribs };
    },
  },
  // Editors leave empty paragraphs and links behind, which are gaps and traps for screen readers.
  exclusiveFilter: ({ tag, text }) => (tag === 'a' || BLOCKS.includes(tag)) && text.trim() === '',
};

/** What these are called in a message, in which a heading of the page is none of the message's. */
const NAMES: ReadonlyMap<string, string> = new Map([
  ...OTHER_BLOCKS.map((tag) => [tag, 'div'] as const),
  ['h1', 'h2'],
  ['h5', 'h4'],
  ['h6', 'h4'],
  ['strike', 's'],
]);

// Unlike `\s` without spaces that do not break, which are there on purpose.
// biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the purpose
const HTML_SPACE = /[\u0000-\u0020\u007f-\u009f\u2028\u2029\ufeff]+/g;

/** More than any HTML was seen to need until it stays as it is. */
const MAX_ROUNDS = 4;

/**
 * HTML that may stand in a message as it is, in an element that holds blocks, such as `td` or `div`: paragraphs, emphasis,
 * lists, safe links, nested as a browser nests them, and no Liquid that runs. Null if nothing is left to read.
 */
export function cleanHtml(raw: string): string | null {
  if (raw.length > MAX_LENGTH) return null;
  let html = raw.toWellFormed();
  // What goes in one round may leave something empty or wrongly nested, as in `<p><span><p>`.
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const sanitized = sanitize(html);
    if (sanitized === html) break;
    html = sanitized;
  }
  return html.replace(/<[^>]*>/g, '').trim() === '' ? null : disarmLiquid(html);
}

function sanitize(html: string): string {
  const tags = sanitizeHtml(html, MESSAGE_HTML).replace(
    /<(\/?)(\w+)>/g,
    (tag: string, slash: string, name: string) => {
      // Without their table they would break the one that the message is laid out with.
      if (CELLS.includes(name)) return ' ';
      if (name === 'span') return '';
      const renamed = NAMES.get(name);
      return renamed === undefined ? tag : `<${slash}${renamed}>`;
    },
  );
  return nest(tags).replace(HTML_SPACE, ' ').trim();
}
