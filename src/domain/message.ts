import type { Block } from './block.ts';
import type { MessageContext } from './message-context.ts';
import type { Texts } from './texts.ts';

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
  /** Of these, sanitised HTML, which is put in as it is. */
  readonly html: readonly string[];
  /** The names in `profile`. */
  readonly traits: readonly string[];
  /** Words by locale. */
  readonly texts: Texts;
};
