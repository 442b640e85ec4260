import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * What a folder and some files beside it look like now: names, sizes, times and identities, of what symbolic links
 * lead to. Mounted volumes change by a swap of a link, which file-system events miss.
 */
export async function fingerprint(root: string, files: readonly string[]): Promise<string> {
  const parts: string[] = [];
  const look = async (path: string): Promise<boolean> => {
    const stats = await stat(path).catch(() => null);
    if (!stats) {
      parts.push(`${path} gone`);
      return false;
    }
    if (!stats.isDirectory()) parts.push(`${path} ${stats.dev} ${stats.ino} ${stats.size} ${stats.mtimeMs}`);
    return stats.isDirectory();
  };
  const walk = async (folder: string): Promise<void> => {
    const names = await readdir(folder).catch(() => []);
    // One after the other: a burst of hundreds would hold up the file operations of everything else.
    for (const name of names.sort()) {
      if (name.startsWith('.')) continue;
      const path = join(folder, name);
      if (await look(path)) await walk(path);
    }
  };
  await walk(root);
  for (const file of files) await look(file);
  return parts.join('\n');
}
