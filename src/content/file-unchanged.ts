import { stat } from 'node:fs/promises';
import { FileChangedError, FileSourceError, orFileError } from './file-error.ts';

/**
 * What `read` makes of a file of so many bytes. Rejects with a `FileChangedError` if somebody wrote to it or replaced it
 * meanwhile, whatever came of reading it: that may be half of one version and half of another.
 */
export async function whileUnchanged<T>(path: string, read: (bytes: number) => Promise<T>): Promise<T> {
  const before = await orFileError(inspect(path));
  const [outcome] = await Promise.allSettled([read(before.bytes)]);
  // Replacing a file may take it away for a moment.
  const after = await inspect(path).catch(() => null);
  if (after?.version !== before.version) throw new FileChangedError();
  if (outcome.status === 'rejected') throw outcome.reason;
  return outcome.value;
}

type Inspected = { readonly bytes: number; readonly version: string };

async function inspect(path: string): Promise<Inspected> {
  const found = await stat(path, { bigint: true });
  if (!found.isFile()) throw new FileSourceError(found.isDirectory() ? 'is a folder' : 'is not a file');
  const version = [found.dev, found.ino, found.size, found.mtimeNs].join(' ');
  return { bytes: Number(found.size), version };
}
