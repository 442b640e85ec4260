import type { BlockItem } from '../../domain/block.ts';
import { urlsInCss } from './css.ts';
import type { CheckedMessage } from './finding.ts';
import type { Span } from './places.ts';
import type { ReadHtml, Tag } from './read-html.ts';

/** An address that the message links or shows, and where. */
export type Address = Span & {
  readonly use: 'link' | 'image';
  /** As it is written, trimmed. */
  readonly url: string;
  /** Where it leads: for a counted link the item's own URL. Null if Inlay decides that later. */
  readonly destination: string | null;
  /** The item that it leads to, if it is one of the block's. */
  readonly item: BlockItem | null;
};

/** All of the message, links first. */
export function readAddresses(message: CheckedMessage, html: ReadHtml): Address[] {
  const links = message.kind === 'html' ? linksIn(html) : linksInText(message.body);
  const follow = createFollower(message);
  return [
    ...links.map((found): Address => ({ use: 'link', ...found, ...follow(found.url) })),
    ...imagesIn(html).map((found): Address => ({ use: 'image', ...found, ...follow(found.url) })),
  ];
}

type Found = Pick<Address, 'url' | 'start' | 'end'>;

function linksIn({ tags }: ReadHtml): Found[] {
  return tags
    .filter(({ name, attributes }) => (name === 'a' || name === 'area') && attributes.href !== undefined)
    .map(({ attributes, start, end }) => ({ url: attributes.href?.trim() ?? '', start, end }));
}

function linksInText(text: string): Found[] {
  return Array.from(text.matchAll(/https?:\/\/[^\s<>"']+/gi), ({ 0: match, index }) => {
    // What ends the sentence is none of the address.
    const url = match.replace(/[.,;:!?)]{1,9}$/, '');
    return { url, start: index, end: index + url.length };
  });
}

function imagesIn({ tags, styles }: ReadHtml): Found[] {
  const inTags = tags.flatMap((tag) => locate(urlsOfImages(tag), tag));
  const inStyles = styles.flatMap((style) => locate(urlsInCss(style.text), style));
  return [...inTags, ...inStyles];
}

function locate(urls: readonly string[], { start, end }: Span): Found[] {
  return urls.map((url) => ({ url, start, end }));
}

function urlsOfImages({ name, attributes }: Tag): string[] {
  const { src, srcset, background, style } = attributes;
  return [
    ...(name === 'img' ? [src?.trim() ?? ''] : []),
    ...(name === 'img' && srcset !== undefined ? urlsInSrcset(srcset) : []),
    ...(background === undefined ? [] : [background.trim()]),
    ...(style === undefined ? [] : urlsInCss(style)),
  ];
}

/** `a.png 1x, b.png 2x` */
function urlsInSrcset(srcset: string): string[] {
  return srcset
    .split(',')
    .map((candidate) => candidate.trim().split(/\s/, 1)[0] ?? '')
    .filter((url) => url !== '');
}

function createFollower({
  block,
  publicUrl,
}: CheckedMessage): (url: string) => Pick<Address, 'destination' | 'item'> {
  const byUrl = new Map(
    block.items.flatMap((item) => [[item.url, item] as const, [item.clickUrl, item] as const]),
  );
  return (url) => {
    const item = byUrl.get(url) ?? null;
    if (item) return { item, destination: item.url };
    return { item, destination: isOwnLink(url, publicUrl) ? null : url };
  };
}

/** Whether Inlay answers it. */
export function isOwnLink(url: string, publicUrl: URL): boolean {
  const base = publicUrl.href.replace(/\/$/, '');
  return url.startsWith(base) && /^\/(?:c|go|img|page)\//.test(url.slice(base.length, base.length + 8));
}

/** An address that a sending tool has yet to fill in, at least its beginning. */
export function isUnfilled(url: string): boolean {
  return /^(?:\{\u2060?[{%]|\[|%%|\*\||\$\$)/.test(url);
}

/** `https` of `https://…`, in lower case; null if the address has none. */
export function schemeOf(url: string): string | null {
  return /^([a-z][a-z0-9+.-]*):/i.exec(url)?.[1]?.toLowerCase() ?? null;
}
