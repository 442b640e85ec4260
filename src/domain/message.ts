import type { Block } from './block.ts';

/** What the caller told about the message, for templates, links and reports; each null if it was not given. */
export type MessageContext = {
  readonly campaign: string | null;
  readonly channel: string | null;
  readonly locale: string | null;
};

/** A compiled template. Pure: the same block gives the same text. */
export type Template = (block: Block, message: MessageContext) => string;
