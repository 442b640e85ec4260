import { createRequire } from 'node:module';

/** As much of a browser's document as tests look at. */
type Node = {
  readonly textContent: string;
  readonly querySelectorAll: (selector: string) => Iterable<Element>;
};
type Element = Node & {
  readonly localName: string;
  readonly attributes: Iterable<{ readonly name: string; readonly value: string }>;
  readonly parentElement: Element | null;
};

// It comes without types.
const { JSDOM } = createRequire(import.meta.url)('jsdom') as {
  readonly JSDOM: { readonly fragment: (html: string) => Node };
};

export type Tag = {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  /** The name of the element around it; null at the top. */
  readonly parent: string | null;
};

/** All elements that a browser sees in this HTML, in order. */
export function tagsOf(html: string): Tag[] {
  return Array.from(
    JSDOM.fragment(html).querySelectorAll('*'),
    ({ localName, attributes, parentElement }) => ({
      name: localName,
      attributes: Object.fromEntries(Array.from(attributes, ({ name, value }) => [name, value])),
      parent: parentElement?.localName ?? null,
    }),
  );
}

/** The text that it shows. */
export function textOf(html: string): string {
  return JSDOM.fragment(html).textContent;
}
