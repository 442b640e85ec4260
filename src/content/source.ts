import type { Deadline } from '../deadline.ts';
import type { Content, ContentShape, Contents } from '../domain/content.ts';
import type { FieldRule, SourceDeclaration } from '../domain/content-source.ts';

/** Where items' content comes from, whatever lies behind it. */
export type ContentSource = {
  readonly name: string;
  readonly shape: ContentShape;
  /** URL schemes that its links may have. */
  readonly schemes: readonly string[];
  /**
   * What is known of these ids by the deadline. Without a promise where nothing has to be waited for. Never rejects: an
   * item whose source fails is `source_unavailable`.
   */
  readonly find: (
    ids: readonly string[],
    locale: string | null,
    deadline: Deadline,
  ) => Contents | Promise<Contents>;
  /** How it is declared, without addresses, which may hold secrets: where each field comes from. */
  readonly origin: ContentOrigin;
  /** The content as if its source had said this of some fields; `null` and what cannot be read are absent. */
  readonly rewrite: RewriteContent;
  /** Whether the source has a complete item of this id; null if it cannot tell without being asked. */
  readonly has: (id: string) => boolean | null;
  /** Some ids of complete items, in the source's order; none if it cannot list them. */
  readonly someIds: readonly string[];
  /** Stops what goes on behind the answers. Safe to call twice. */
  readonly close: () => Promise<void>;
};

export type ContentOrigin = {
  readonly type: SourceDeclaration['type'];
  /** The column or dotted path of the item id. */
  readonly key: string;
  readonly fields: readonly FieldRule[];
};

export type RewriteContent = (
  content: Content,
  changes: Readonly<Record<string, string | null>>,
  locale: string | null,
) => Content;

/** Something wrong in a file, where known with its line (1-based). */
export type ContentFault = { readonly line: number | null; readonly message: string };

/** One item as its source has it: cells by column, or an object with paths. */
export type Row = Readonly<Record<string, unknown>>;

/**
 * Asks a remote source for the rows of these ids, in any order, at most as many as its declaration's `batch`. Rejects
 * with a `SourceError`, also when the signal aborts.
 */
export type FetchRows = (
  ids: readonly string[],
  locale: string | null,
  signal: AbortSignal,
) => Promise<readonly Row[]>;

/** How a request to a remote source failed; counted by this name. */
export type SourceFailure =
  | 'timeout'
  | 'connection'
  | 'status'
  | 'redirect'
  | 'refused_address'
  | 'too_large'
  | 'not_json'
  | 'no_rows'
  | 'query';

/** A remote source that could not be asked. The message holds no header, no URL with a key in it and no answer. */
export class SourceError extends Error {
  override readonly name = 'SourceError';
  readonly failure: SourceFailure;

  constructor(failure: SourceFailure, message: string) {
    super(message);
    this.failure = failure;
  }
}
