import { Parser } from 'htmlparser2';
import type { Span } from './places.ts';

/** A start tag. Entities in its attributes are read. */
export type Tag = Span & { readonly name: string; readonly attributes: Readonly<Record<string, string>> };

/** Text between two tags, with its entities read. */
export type TextPiece = Span & { readonly text: string };

/** An `a` with an `href`, and what can be clicked in it. */
export type Link = {
  readonly tag: Tag;
  readonly hasText: boolean;
  readonly images: readonly Tag[];
};

/** HTML as the checks look at it. Comments, and with them what only Outlook on Windows reads, are left out. */
export type ReadHtml = {
  readonly tags: readonly Tag[];
  readonly texts: readonly TextPiece[];
  readonly links: readonly Link[];
  /** What stands in `style` elements. */
  readonly styles: readonly TextPiece[];
  /** Tags that have to be closed and are not. */
  readonly open: readonly Tag[];
  /** The tag behind which nothing was read, since too many are open; null if everything was. */
  readonly tooDeep: Tag | null;
};

export const NO_HTML: ReadHtml = { tags: [], texts: [], links: [], styles: [], open: [], tooDeep: null };

/** So many tags within each other are no message any more, and the parser's time grows with their square. */
export const MAX_DEPTH = 256;

/** Tags that HTML lets stay open, or that nothing stands in. */
const MAY_STAY_OPEN: ReadonlySet<string> = new Set(
  (
    'area base br col embed hr img input link meta param source track wbr ' +
    'html head body p li dt dd td th tr tbody thead tfoot colgroup option optgroup rt rp'
  ).split(' '),
);

/** Neither white space nor of no width. */
const VISIBLE = /[^\s\p{Default_Ignorable_Code_Point}]/u;

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
type OpenLink = Mutable<Omit<Link, 'images'>> & { readonly images: Tag[] };

/** Never throws, whatever the HTML. */
export function readHtml(html: string): ReadHtml {
  const found = { tags: [] as Tag[], texts: [] as TextPiece[], styles: [] as TextPiece[], open: [] as Tag[] };
  const links: OpenLink[] = [];
  let tooDeep: Tag | null = null;
  const within: Tag[] = [];
  const withinLinks: OpenLink[] = [];
  // The parser hands over text in pieces, one for each entity.
  let piece: Mutable<TextPiece> | null = null;

  const parser = new Parser({
    onopentag(name, attributes) {
      piece = null;
      const tag = { name, attributes, start: parser.startIndex, end: parser.endIndex + 1 };
      found.tags.push(tag);
      within.push(tag);
      if (name === 'img') for (const link of withinLinks) link.images.push(tag);
      if (name === 'a' && attributes.href !== undefined) {
        const link = { tag, hasText: false, images: [] };
        links.push(link);
        withinLinks.push(link);
      }
      if (within.length <= MAX_DEPTH) return;
      tooDeep = tag;
      parser.pause();
    },
    ontext(text) {
      if (piece === null) {
        piece = { text: '', start: parser.startIndex, end: parser.startIndex };
        const parent = within.at(-1)?.name;
        if (parent === 'style') found.styles.push(piece);
        else if (parent !== 'script') found.texts.push(piece);
      }
      piece.text += text;
      piece.end = parser.endIndex + 1;
      if (VISIBLE.test(text)) for (const link of withinLinks) link.hasText = true;
    },
    onclosetag(name, isImplied) {
      piece = null;
      const tag = within.pop();
      if (tag && isImplied && !MAY_STAY_OPEN.has(name)) found.open.push(tag);
      if (tag && tag === withinLinks.at(-1)?.tag) withinLinks.pop();
    },
  });
  parser.write(html);
  if (tooDeep === null) parser.end();
  return { ...found, links, tooDeep };
}
