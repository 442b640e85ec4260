import { setTimeout as sleep } from 'node:timers/promises';
import type { OpenedContent, Sources } from './content/open.ts';
import type { Flags } from './flags/open.ts';
import { keepBaselinesWarm, type LiveTemplates } from './live-templates.ts';
import type { Metrics } from './metrics.ts';
import type { Fault } from './placements/yaml.ts';
import { type Reading, type Reload, startReload } from './reload.ts';
import { createTemplatesReader, type ReaderParts } from './templates-reader.ts';

/** The templates folder cannot be used. All of its faults. */
export class TemplatesError extends Error {
  override readonly name = 'TemplatesError';
  readonly faults: readonly Fault[];

  constructor(faults: readonly Fault[]) {
    super(`${faults.length} faults in the templates folder`);
    this.faults = faults;
  }
}

export type TemplatesParts = ReaderParts & {
  readonly sources: Sources;
  readonly flags: Pick<Flags, 'use'>;
  readonly metrics: Pick<Metrics, 'countReload' | 'setFolderFaults' | 'setCatalogue'>;
};

export type Templates = {
  /** The folder as it was last without fault. */
  readonly current: () => LiveTemplates;
  /** What keeps the folder as it is now from being used; none while it is in use. */
  readonly faults: () => readonly Fault[];
  /** Looks for changes now, besides twice a second by itself. */
  readonly look: Reload['look'];
  /** Calls back whenever the folder is read anew, whether it can be used or not. Gives what ends that. */
  readonly onChange: (listener: () => void) => () => void;
  readonly close: () => Promise<void>;
};

/** How long new baselines' content is waited for before they serve; it comes later where its source is slow. */
const WARM_UP_MS = 1_000;

const RESTLESS: Fault = {
  file: '.',
  line: null,
  message: 'keeps changing, so that it cannot be read as a whole',
};

/** Reads the templates folder, and again whenever it changes. Rejects with a `TemplatesError` if it cannot be used. */
export async function openTemplates(parts: TemplatesParts): Promise<Templates> {
  const { sources, flags, metrics, log } = parts;
  const reader = createTemplatesReader(parts);
  const onUnexpected = (error: unknown): void => log.error({ err: error }, 'unexpected error');
  const warmUp = async (next: LiveTemplates, isNew: (source: OpenedContent) => boolean): Promise<void> => {
    const warming = keepBaselinesWarm(next, isNew).catch(onUnexpected);
    await Promise.race([warming, sleep(WARM_UP_MS, undefined, { ref: false })]);
  };

  const first = await reader.read();
  if ('faults' in first.result) {
    await sources.close();
    throw new TemplatesError(first.result.faults);
  }
  await warmUp(first.result, () => true);
  let live = first.result;
  let faults: readonly Fault[] = [];
  const listeners = new Set<() => void>();
  const tellListeners = (): void => {
    for (const listener of listeners) listener();
  };

  /** Waits for nothing, so that all of it takes effect at once. */
  const use = (next: LiveTemplates): void => {
    flags.use(next.flags);
    live = next;
    faults = [];
    sources.keepOnly(next.sources);
    metrics.setFolderFaults(0);
    for (const source of next.sources) {
      if ('path' in source)
        metrics.setCatalogue(source.name, { items: source.items, faults: source.faults.count });
    }
  };
  use(live);

  const refuse = (found: readonly Fault[]): void => {
    faults = found;
    sources.keepOnly(live.sources);
    metrics.countReload('refused');
    metrics.setFolderFaults(found.length);
    for (const { file, line, message } of found) log.error({ file, line }, `templates folder: ${message}`);
    log.error({ faults: found.length }, 'templates folder: its last good version goes on');
    tellListeners();
  };

  const read = async (): Promise<Reading> => {
    const { print, result } = await reader.read();
    const drop = (): void => sources.keepOnly(live.sources);
    if ('faults' in result) return { print, drop, use: () => refuse(result.faults) };
    const known = new Set(live.sources);
    await warmUp(result, (source) => !known.has(source));
    return {
      print,
      drop,
      use: () => {
        use(result);
        void warmUp(result, (source) => known.has(source));
        metrics.countReload('applied');
        log.info({ placements: result.all.length }, 'templates folder was read again');
        tellListeners();
      },
    };
  };

  const reload = startReload(first.print, {
    look: reader.look,
    read,
    onRestless: () => refuse([RESTLESS]),
    onUnexpected,
  });
  return {
    current: () => live,
    faults: () => faults,
    look: reload.look,
    onChange: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close: async () => {
      await reload.stop();
      await sources.close();
    },
  };
}
