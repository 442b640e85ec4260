import type { Content, ContentShape } from '../domain/content.ts';

/** Where items' content comes from. */
export type ContentSource = {
  readonly name: string;
  readonly shape: ContentShape;
  /** What is known of the ids, in any order; those without content are left out. May be in memory already. */
  readonly find: (
    ids: readonly string[],
  ) => ReadonlyMap<string, Content> | Promise<ReadonlyMap<string, Content>>;
};

/** Something wrong in a file, where known with its line (1-based). */
export type ContentFault = { readonly line: number | null; readonly message: string };
