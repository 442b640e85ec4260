import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Logger } from 'pino';
import type { Dispatcher } from 'undici';
import type { Clock } from '../domain/clock.ts';
import type { FileDeclaration, SourceDeclaration } from '../domain/content-source.ts';
import type { Metrics } from '../metrics.ts';
import { isRefusedAddress } from './addresses.ts';
import { type Catalogue, createCatalogue } from './catalogue.ts';
import { type FileSource, openFileSource } from './file.ts';
import { createHttpRows } from './http.ts';
import type { ItemStore } from './known-items.ts';
import type { FetchRows } from './source.ts';

export type SourcesParts = {
  readonly store: ItemStore;
  /** For content alone: it refuses the addresses that no content comes from. */
  readonly dispatcher: Dispatcher;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly log: Logger;
};

/** A file's `path` is absolute. */
export type OpenedContent = (FileSource & { readonly path: string }) | Catalogue;

/** Content sources that are open. What did not change keeps what it knows when the templates folder is read anew. */
export type Sources = {
  /** The one that is open already, or a new one. Rejects where a file cannot be used. */
  readonly open: (declaration: SourceDeclaration, folder: string) => Promise<OpenedContent>;
  /** Closes all others, once no answer can be waiting for them any more. */
  readonly keepOnly: (kept: readonly OpenedContent[]) => void;
  /** Closes all at once. */
  readonly close: () => Promise<void>;
};

/** No answer takes longer: see the limits of `ANSWER_DEADLINE`. */
const GRACE_MS = 5_000;

export function createSources(parts: SourcesParts): Sources {
  const opened = new Map<string, OpenedContent>();
  const leaving = new Map<OpenedContent, NodeJS.Timeout>();

  const close = async (source: OpenedContent): Promise<void> => {
    clearTimeout(leaving.get(source));
    leaving.delete(source);
    await source.close();
  };
  const retire = (source: OpenedContent): void => {
    // Who still reads a file's items has them in memory, and otherwise that is wanted back at once.
    const graceMs = 'path' in source ? 0 : GRACE_MS;
    const closeBehind = (): void => {
      close(source).catch((error) =>
        parts.log.error({ source: source.name, err: error }, 'unexpected error'),
      );
    };
    leaving.set(source, setTimeout(closeBehind, graceMs).unref());
  };
  return {
    open: async (declaration, folder) => {
      const key = identify(declaration, folder);
      const known = opened.get(key);
      if (known) return known;
      const source =
        declaration.type === 'file'
          ? await openFile(declaration, resolve(folder, declaration.path), parts)
          : await openCatalogue(declaration, parts);
      opened.set(key, source);
      return source;
    },
    keepOnly: (kept) => {
      for (const [key, source] of opened) {
        if (kept.includes(source)) continue;
        opened.delete(key);
        retire(source);
      }
    },
    close: async () => {
      const all = [...opened.values(), ...leaving.keys()];
      opened.clear();
      await Promise.all(all.map(close));
    },
  };
}

/** How it is declared, and for a file which one it is: a mounted volume may put another one into its place. */
function identify(declaration: SourceDeclaration, folder: string): string {
  if (declaration.type !== 'file') return JSON.stringify(declaration);
  const stats = statSync(resolve(folder, declaration.path), { throwIfNoEntry: false });
  return JSON.stringify([declaration, stats?.dev, stats?.ino, stats?.size, stats?.mtimeMs, stats?.ctimeMs]);
}

async function openFile(
  declaration: FileDeclaration,
  path: string,
  { log }: SourcesParts,
): Promise<FileSource & { readonly path: string }> {
  const source = await openFileSource(declaration, path);
  const { faults } = source;
  for (const { line, message } of faults.first) {
    log.warn({ file: declaration.path, line }, `content row ${message}`);
  }
  if (faults.count > faults.first.length) {
    const message = 'content rows have faults; the first are above';
    log.warn({ file: declaration.path, rows: faults.count }, message);
  }
  return { ...source, path };
}

async function openCatalogue(
  declaration: Exclude<SourceDeclaration, FileDeclaration>,
  { store, dispatcher, clock, metrics, log }: SourcesParts,
): Promise<Catalogue> {
  const { name } = declaration;
  const { fetchRows, close } = await openRows(declaration, dispatcher, log);
  return createCatalogue(declaration, {
    fetchRows,
    close,
    store,
    clock,
    onRequest: (result, ms) => metrics.countContentRequest({ source: name, result }, ms / 1_000),
    onOddRow: (reason) => metrics.countOddRow({ source: name, reason }),
    onTrouble: (message) =>
      message === null
        ? log.info({ source: name }, 'content source is back')
        : log.warn({ source: name }, `content source ${message}`),
    onUnexpected: (error) => log.error({ source: name, err: error }, 'unexpected error'),
  });
}

type Rows = { readonly fetchRows: FetchRows; readonly close: () => Promise<void> };

async function openRows(
  declaration: Exclude<SourceDeclaration, FileDeclaration>,
  dispatcher: Dispatcher,
  log: Logger,
): Promise<Rows> {
  if (declaration.type === 'http') {
    return { fetchRows: createHttpRows(declaration, dispatcher), close: async () => {} };
  }
  // Loading its client costs some 50 ms, which those without it need not pay.
  const { openPostgresRows } = await import('./postgres.ts');
  return openPostgresRows(declaration, { isRefusedAddress, log });
}
