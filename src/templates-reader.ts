import { relative, resolve } from 'node:path';
import type { Logger } from 'pino';
import { cleanHtml } from './content/html.ts';
import type { OpenedContent, Sources } from './content/open.ts';
import type { Flags } from './flags/open.ts';
import { type LiveTemplates, prepareTemplates } from './live-templates.ts';
import { readTemplatesFolder } from './placements/folder.ts';
import type { FolderTools } from './placements/prepared.ts';
import { lookAtFile, lookAtFolder } from './placements/watch.ts';
import type { Fault } from './placements/yaml.ts';
import { rememberTemplates } from './render/remembered.ts';
import { checkSource } from './render/template.ts';
import type { Settings } from './settings.ts';

export type ReaderParts = {
  readonly settings: Pick<Settings, 'templatesDir' | 'secretKeys' | 'contentVariables' | 'windows'>;
  readonly sources: Pick<Sources, 'open'>;
  readonly flags: Pick<Flags, 'check' | 'isExternal'>;
  readonly log: Logger;
};

/** The folder as it was read: ready to answer from, or what keeps it from that. */
export type ReadTemplates = {
  /** What `look` gives as long as nothing changes. */
  readonly print: string;
  readonly result: LiveTemplates | { readonly faults: readonly Fault[] };
};

export type TemplatesReader = {
  /** What the folder looks like, and the catalogues that were read last: they may lie outside of it. Never rejects. */
  readonly look: () => Promise<string>;
  /** Never rejects. */
  readonly read: () => Promise<ReadTemplates>;
};

/** Reads the templates folder, again and again. */
export function createTemplatesReader({ settings, sources, flags, log }: ReaderParts): TemplatesReader {
  const root = resolve(settings.templatesDir);
  const remembered = rememberTemplates();
  let catalogues: readonly string[] = [];

  const readFolder = async (openSource: OpenSource): Promise<ReadTemplates['result']> => {
    const result = await readTemplatesFolder(root, {
      openSource,
      cleanHtml,
      checkPartial: checkSource,
      compileTemplate: remembered.compile,
      checkFlags: flags.check,
      hasFlagProvider: flags.isExternal,
      projects: [...settings.secretKeys.keys()].filter((project) => project !== null),
      variables: settings.contentVariables,
    });
    remembered.endReading('folder' in result);
    return 'folder' in result ? prepareTemplates(result.folder, settings) : result;
  };

  /** What throws is mostly something that was taken away while it was read. */
  const faultOf = (error: unknown): Fault => {
    const { code, path, message } = error as NodeJS.ErrnoException;
    if (code === undefined) log.error({ err: error }, 'unexpected error');
    const file = path === undefined ? '.' : relative(root, path) || '.';
    return { file, line: null, message: `cannot be read (${code ?? message})` };
  };

  return {
    look: async () => {
      const { print } = await lookAtFolder(root);
      const prints = [print];
      for (const path of catalogues) prints.push(await lookAtFile(path));
      return prints.join('\n');
    },
    read: async () => {
      const { print, fault } = await lookAtFolder(root);
      // What they look like before they are opened: what comes after that is seen as a change.
      const prints = new Map<string, string>();
      const openSource: OpenSource = async (declaration, folder) => {
        if (declaration.type === 'file') {
          const path = resolve(folder, declaration.path);
          prints.set(path, prints.get(path) ?? (await lookAtFile(path)));
        }
        return sources.open(declaration, folder);
      };
      const result = fault
        ? { faults: [fault] }
        : await readFolder(openSource).catch((error) => ({ faults: [faultOf(error)] }));
      catalogues = [...prints.keys()];
      return { print: [print, ...prints.values()].join('\n'), result };
    },
  };
}

type OpenSource = FolderTools<OpenedContent>['openSource'];
