/** A click on an item, the link and the image of a position, and a page to crop. */
export const LINK_KINDS = ['c', 'go', 'img', 'page'] as const;
export type LinkKind = (typeof LINK_KINDS)[number];

/** The path of a public link taken apart. */
export type LinkPath = {
  readonly kind: LinkKind;
  /** As the link names it, lower case; `''` for none. */
  readonly placement: string;
  /** A token or a position; `''` for none. */
  readonly rest: string;
};

/**
 * Null for what is no public link. Everything below their paths is one, however it goes on: Express would answer what it
 * cannot decode with an error of its own.
 */
export function parseLinkPath(path: string): LinkPath | null {
  const [first = '', placement = '', rest = '', ...more] = path.split('/').filter((part) => part !== '');
  const kind = LINK_KINDS.find((one) => one === first.toLowerCase());
  if (!kind) return null;
  const isWhole = more.length === 0 && (kind !== 'page' || rest === '');
  return isWhole
    ? { kind, placement: decode(placement).toLowerCase(), rest: decode(rest) }
    : { kind, placement: '', rest: '' };
}

function decode(text: string): string {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    // Only a URIError is possible. No name, position or token has a percent sign.
    return text;
  }
}
