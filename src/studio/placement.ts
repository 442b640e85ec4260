import type { Question } from '../answer.ts';
import type { Block } from '../domain/block.ts';
import type { Content, FieldValue } from '../domain/content.ts';
import type { FieldRule } from '../domain/content-source.ts';
import type { Template } from '../domain/message.ts';
import type { Sample } from '../domain/sample.ts';

/** A placement with all that Studio shows of it. */
export type StudioPlacement = Pick<Question, 'placement' | 'plan'> & {
  /** Where it lies in the templates folder. */
  readonly folder: string;
  readonly source: StudioSource;
  readonly templates: ReadonlyMap<string, Template>;
  readonly samples: ReadonlyMap<string, Sample>;
  readonly renderJson: (block: Block, options: JsonForm) => string;
};

/** How JSON can be written; Studio shows it as calls get it. */
type JsonForm = {
  readonly shape: 'flat';
  readonly position: number | null;
  readonly escape: null;
  readonly explain: null;
};

export type StudioSource = Question['source'] & {
  readonly name: string;
  readonly origin: {
    readonly type: 'file' | 'http' | 'postgres';
    readonly key: string;
    readonly fields: readonly FieldRule[];
  };
  /** How it answers; a file has none. */
  readonly status?: () => { readonly trouble: string | null; readonly lastGoodAtMs: number | null };
  readonly rewrite: (
    content: Content,
    changes: Readonly<Record<string, string | null>>,
    locale: string | null,
  ) => Content;
};

/** What somebody typed in the place of an item's content: item id → field → text. Never stored. */
export type Edits = Readonly<Record<string, Readonly<Record<string, string>>>>;

export type NamedValue = readonly [name: string, value: FieldValue];
