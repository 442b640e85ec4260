import type { Block } from '../domain/block.ts';
import type { ContentShape } from '../domain/content.ts';
import type { SourceDeclaration } from '../domain/content-source.ts';
import type { Template, TemplateSource } from '../domain/message.ts';
import type { Placement } from '../domain/placement.ts';
import type { Sample } from '../domain/sample.ts';
import type { Texts } from '../domain/texts.ts';
import type { Fault } from './yaml.ts';

/** A content source as far as placements need it: what its items look like, and which there are if it can tell. */
export type OpenedSource = {
  readonly shape: ContentShape;
  /** URL schemes that its links may have. */
  readonly schemes: readonly string[];
  /** Whether there is an item of this id that can be shown; null if that cannot be told without asking. */
  readonly has: (id: string) => boolean | null;
  /** Some ids that can be shown; none if they cannot be listed. */
  readonly someIds: readonly string[];
};

/** A placement with all that was prepared for it. */
export type PreparedPlacement<Source extends OpenedSource = OpenedSource> = {
  readonly placement: Placement;
  /** Where it lies in the templates folder, such as `newsletter/reading-list`. */
  readonly folder: string;
  readonly source: Source;
  /** By file name without `.hbs`: `email`, `email.txt`. */
  readonly templates: ReadonlyMap<string, Template>;
  readonly samples: ReadonlyMap<string, Sample>;
};

/** Everything in the templates folder, checked and ready. */
export type TemplatesFolder<Source extends OpenedSource = OpenedSource> = {
  /** By name and by alias. */
  readonly placements: ReadonlyMap<string, PreparedPlacement<Source>>;
  /** Real ids → the sample that they get. */
  readonly testPeople: ReadonlyMap<string, string>;
  /** The content sources that are in use, and those that are only declared. */
  readonly sources: readonly Source[];
  /** Words in templates, by locale. */
  readonly texts: Texts;
  /** The flag definitions of `flags.yaml`; null if there is none. */
  readonly flags: unknown;
};

/** What reading the folder needs from elsewhere. Each throws errors with a `line` for what is wrong in a file. */
export type FolderTools<Source extends OpenedSource> = {
  readonly openSource: (declaration: SourceDeclaration, folder: string) => Promise<Source>;
  /** Sanitised HTML, or null if nothing is left to read. */
  readonly cleanHtml: (raw: string) => string | null;
  readonly checkPartial: (text: string, isText: boolean, shared: SharedFiles) => void;
  /** The blocks are tried before the template may serve. */
  readonly compileTemplate: (source: TemplateSource, trial: readonly Block[]) => Template;
  /** What is wrong with the flag definitions of `flags.yaml`. */
  readonly checkFlags: (
    flags: unknown,
  ) => readonly { readonly path: readonly PropertyKey[]; readonly message: string }[];
  /** True if flags come from elsewhere, so that placements can be gated without that file. */
  readonly hasFlagProvider: boolean;
  /** Names of the Amplitude projects that there are keys for. */
  readonly projects: readonly string[];
  /** The `CONTENT_…` variables, which content sources may name. */
  readonly variables: ReadonlyMap<string, string>;
};

/** What all templates can use. */
export type SharedFiles = {
  /** The shared pieces by name. */
  readonly partials: ReadonlyMap<string, string>;
  readonly texts: Texts;
};

export type FolderResult<Source extends OpenedSource> =
  | { readonly folder: TemplatesFolder<Source> }
  | { readonly faults: readonly Fault[] };
