import { LRUCache } from 'lru-cache';
import type { Content, NoContent } from '../domain/content.ts';
import { type FileDeclaration, linkSchemes } from '../domain/content-source.ts';
import { type Faults, type PackedFile, packFile } from './file-pack.ts';
import { packInThread } from './file-thread.ts';
import { whileUnchanged } from './file-unchanged.ts';
import { createLocalizer, createRewriter, originOf, shapeOf } from './item.ts';
import { createPackReader } from './pack.ts';
import type { ContentSource } from './source.ts';

/** A catalogue read from a file. It never changes; when the file does, it is opened anew. */
export type FileSource = ContentSource & {
  /** Rows that are left out or not shown, and the first twenty of them. */
  readonly faults: Faults;
  /** How many of its items can be shown, in the default locale. */
  readonly items: number;
};

export type FileSourceOptions = {
  /** Larger files are read in a thread of their own, which takes 0.1 s to start. Bytes, default 256 KB. */
  readonly threadAboveBytes?: number;
  /** Most that the items may take, packed: about as much as in the file. Default 512 MB. */
  readonly maxBytes?: number;
  /** For content that was shown and is kept ready, in each of its languages; an estimate. Default 8 MB. */
  readonly cacheBytes?: number;
};

const THREAD_ABOVE_BYTES = 262_144;
const MAX_BYTES = 512 * 1_048_576;
const CACHE_BYTES = 8 * 1_048_576;

/**
 * Reads the file at this absolute path. Rejects with a `FileSourceError` if nothing of it can be used, and with a
 * `FileChangedError` if it was written to meanwhile: then half of it may be the old one.
 */
export async function openFileSource(
  declaration: FileDeclaration,
  path: string,
  options: FileSourceOptions = {},
): Promise<FileSource> {
  const { threadAboveBytes = THREAD_ABOVE_BYTES, maxBytes = MAX_BYTES, cacheBytes = CACHE_BYTES } = options;
  const file = await whileUnchanged(path, (bytes) => {
    const pack = bytes > threadAboveBytes ? packInThread : packFile;
    return pack({ declaration, path, maxBytes });
  });
  return createFileSource(declaration, file, cacheBytes);
}

function createFileSource(declaration: FileDeclaration, file: PackedFile, cacheBytes: number): FileSource {
  const { items, someIds, faults } = file;
  const pack = createPackReader(file.pack);
  const localize = createLocalizer(declaration.fields);
  const shown = new LRUCache<string, Content>({ maxSize: cacheBytes });

  function find(id: string, locale: string | null): Content | NoContent {
    // No id has a line feed in it.
    const key = locale === null ? id : `${locale}\n${id}`;
    const known = shown.get(key);
    if (known) return known;
    const item = pack.read(id);
    if (!item) return 'not_found';
    const content = localize({ id, values: item.values }, locale);
    shown.set(key, content, { size: estimateBytes(item.bytes) });
    return content;
  }

  return {
    name: declaration.name,
    shape: shapeOf(declaration),
    schemes: linkSchemes(declaration.fields),
    origin: originOf(declaration),
    rewrite: createRewriter(declaration.fields),
    items,
    someIds,
    faults,
    find: (_ids, locale) => ({ get: (id) => find(id, locale) }),
    has: pack.isComplete,
    close: async () => shown.clear(),
  };
}

/** The texts themselves, and once more as they stand in a message; either may take two bytes a character. */
function estimateBytes(packed: number): number {
  return 800 + 4 * packed;
}
