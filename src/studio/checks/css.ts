/** The declarations of a `style` attribute by property, in lower case; of two of one property the last. */
export function readStyle(style: string | undefined): ReadonlyMap<string, string> {
  const declarations = new Map<string, string>();
  for (const declaration of (style ?? '').split(';')) {
    const colon = declaration.indexOf(':');
    if (colon === -1) continue;
    const property = declaration.slice(0, colon).trim().toLowerCase();
    declarations.set(
      property,
      declaration
        .slice(colon + 1)
        .trim()
        .toLowerCase(),
    );
  }
  return declarations;
}

/** Pixels of `640px`; null for whatever is not fixed. */
export function readPixels(value: string | undefined): number | null {
  const plain = (value ?? '').slice(0, 40).replace('!important', '').trim();
  const pixels = /^(\d+(?:\.\d+)?)(?:px)?$/i.exec(plain)?.[1];
  return pixels === undefined ? null : Number(pixels);
}

/** The addresses in `url(…)`. */
export function urlsInCss(css: string): string[] {
  return Array.from(css.matchAll(/url\(([^()]*)\)/gi), ([, url = '']) =>
    url
      .trim()
      .replace(/^(["'])(.*)\1$/s, '$2')
      .trim(),
  );
}
