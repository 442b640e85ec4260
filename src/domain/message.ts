import type { Block } from './block.ts';

/** What the caller told about the message, for templates, links and reports; each null if it was not given. */
export type MessageContext = {
  readonly campaign: string | null;
  readonly channel: string | null;
  readonly locale: string | null;
};

/** A compiled template. Pure: the same block gives the same text. */
export type Template = (block: Block, message: MessageContext) => string;

/** A template as it is written, with what it may use. */
export type TemplateSource = {
  /** File name without `.hbs`; one that ends in `.txt` makes plain text, any other HTML. */
  readonly name: string;
  readonly text: string;
  /** The shared pieces, by name. */
  readonly partials: ReadonlyMap<string, string>;
  /** URL schemes that content may bring into links, such as `https` and `myapp`. */
  readonly schemes: readonly string[];
  /** The fields of an item. */
  readonly fields: readonly string[];
  /** The names in `profile`. */
  readonly traits: readonly string[];
};
