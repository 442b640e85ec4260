import type { Block } from '../domain/block.ts';
import type { ContentShape } from '../domain/content.ts';
import type { Template, TemplateSource } from '../domain/message.ts';
import type { Placement } from '../domain/placement.ts';
import type { Sample } from '../domain/sample.ts';
import type { SourceDeclaration } from './content-sources-file.ts';
import type { Fault } from './yaml.ts';

/** A content source as far as placements need it: what its items look like, and which there are if it can tell. */
export type OpenedSource = {
  readonly shape: ContentShape;
  /** URL schemes that its links may have. */
  readonly schemes: readonly string[];
  /** Ids that can be shown, or null if they cannot be listed. */
  readonly ids: readonly string[] | null;
};

/** A placement with all that was prepared for it. */
export type PreparedPlacement<Source extends OpenedSource = OpenedSource> = {
  readonly placement: Placement;
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
};

/** What reading the folder needs from elsewhere. Each throws errors with a `line` for what is wrong in a file. */
export type FolderTools<Source extends OpenedSource> = {
  readonly openSource: (declaration: SourceDeclaration, folder: string) => Source;
  readonly checkPartial: (text: string, isText: boolean, partials: ReadonlyMap<string, string>) => void;
  /** The blocks are tried before the template may serve. */
  readonly compileTemplate: (source: TemplateSource, trial: readonly Block[]) => Template;
  /** Names of the Amplitude projects that there are keys for. */
  readonly projects: readonly string[];
};

export type FolderResult<Source extends OpenedSource> =
  | { readonly folder: TemplatesFolder<Source> }
  | { readonly faults: readonly Fault[] };
