import { type Dirent, type Stats, statSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type { Fault } from './yaml.ts';

/** What is read, besides catalogues. All else comes and goes unnoticed, as editors' swap files and copies do. */
const IS_READ = /\.(yaml|hbs)$/;

/** In the folder itself: not read as a whole, as catalogues are looked at one by one, wherever they lie. */
const CATALOGUES = 'content';

/** More is no templates folder but one that was named by mistake. */
const MAX_FOUND = 20_000;

export type FolderLook = {
  /** Another one whenever a file that is read changes, or what a link leads to. */
  readonly print: string;
  /** Why the folder must not be read: nobody would come to its end. */
  readonly fault: Fault | null;
};

/**
 * What a folder looks like: names, identities, sizes and times of its files. It is looked at again and again, since
 * mounted volumes change by the swap of a link, of which file-system events tell nothing. Never rejects.
 */
export async function lookAtFolder(root: string): Promise<FolderLook> {
  const found: string[] = [];
  const report = (line: string): void => {
    if (found.push(line) > MAX_FOUND)
      throw new EndlessError(root, `holds over ${MAX_FOUND} files and folders`);
  };
  try {
    await walk(root, [], report);
    return { print: found.sort().join('\n'), fault: null };
  } catch (error) {
    if (!(error instanceof EndlessError)) throw error;
    const { path, message } = error;
    return { print: `${path} ${message}`, fault: { file: relative(root, path) || '.', line: null, message } };
  }
}

/** The same of one file. Never rejects. */
export async function lookAtFile(path: string): Promise<string> {
  return describe(path, await stat(path).catch(codeOf));
}

class EndlessError extends Error {
  readonly path: string;

  constructor(path: string, message: string) {
    super(message);
    this.path = path;
  }
}

/** `above` are the folders on the way here, so that a link back to one of them is noticed. */
async function walk(folder: string, above: readonly Stats[], report: (line: string) => void): Promise<void> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(codeOf);
  const own = inspect(folder);
  if (typeof entries === 'string') return report(describe(folder, entries));
  if (typeof own === 'string') return report(describe(folder, own));
  if (above.some(({ dev, ino }) => dev === own.dev && ino === own.ino)) {
    throw new EndlessError(folder, 'is a link to a folder that it lies in');
  }
  report(folder);
  const folders: string[] = [];
  for (const entry of entries.filter(mayBeRead)) {
    if (above.length === 0 && entry.name === CATALOGUES) continue;
    const path = join(folder, entry.name);
    const stats = entry.isDirectory() ? null : inspect(path);
    if (stats === null || (typeof stats !== 'string' && stats.isDirectory())) folders.push(path);
    else if (typeof stats === 'string' || IS_READ.test(entry.name)) report(describe(path, stats));
  }
  for (const inner of folders) await walk(inner, [...above, own], report);
}

/** A link may lead to a folder, and one to nothing is a fault whatever its name. */
function mayBeRead(entry: Dirent): boolean {
  return !entry.name.startsWith('.') && (IS_READ.test(entry.name) || !entry.isFile());
}

/**
 * Not waiting for each file takes a quarter of the processor's time. A volume that hangs, or is slow, has been waited
 * for before, when the folder was read.
 */
function inspect(path: string): Stats | string {
  try {
    return statSync(path);
  } catch (error) {
    return codeOf(error as NodeJS.ErrnoException);
  }
}

/** Permissions change none of a file's times but `ctime`; an edit may leave its size alone, and a copy its `mtime`. */
function describe(path: string, stats: Stats | string): string {
  if (typeof stats === 'string') return `${path} ${stats}`;
  const { dev, ino, size, mtimeMs, ctimeMs } = stats;
  return `${path} ${dev} ${ino} ${size} ${mtimeMs} ${ctimeMs}`;
}

function codeOf({ code = 'UNKNOWN' }: NodeJS.ErrnoException): string {
  return code;
}
