import type { FileDeclaration } from '../domain/content-source.ts';
import { fieldNames } from '../domain/content-source.ts';
import { FileSourceError } from './file-error.ts';
import type { NumberedRow } from './file-parser.ts';
import { readRows } from './file-rows.ts';
import { createItemReader, type Item, readId } from './item.ts';
import { type Pack, Packer } from './pack.ts';
import type { ContentFault, Row } from './source.ts';

/** What was wrong with rows: how often, and the first of it. */
export type Faults = { readonly count: number; readonly first: readonly ContentFault[] };

export type PackJob = {
  readonly declaration: FileDeclaration;
  /** Absolute. */
  readonly path: string;
  /** Most that the packed items may take. */
  readonly maxBytes: number;
};

/** A file's items, cleaned and packed. */
export type PackedFile = {
  readonly pack: Pack;
  /** How many of them are complete. */
  readonly items: number;
  /** The first ids of complete items, in the file's order. */
  readonly someIds: readonly string[];
  readonly faults: Faults;
};

const MAX_FAULTS_TOLD = 20;
const MAX_IDS_LISTED = 1_000;

/** Reads, cleans and packs the whole file. Rejects with a `FileSourceError`. */
export async function packFile({ declaration, path, maxBytes }: PackJob): Promise<PackedFile> {
  const items = new ItemCollector(declaration, maxBytes);
  for await (const rows of readRows(path, columnsOf(declaration))) {
    for (const row of rows) items.take(row);
  }
  return items.finish();
}

/** Every column or path that the declaration names, once. */
function columnsOf({ key, fields }: FileDeclaration): string[] {
  const origins = fields.flatMap(({ from }) => (typeof from === 'string' ? [from] : Object.values(from)));
  return [...new Set([key, ...origins])];
}

class ItemCollector {
  readonly #key: string;
  readonly #read: (id: string, row: Row) => Item;
  readonly #lacks: (item: Item) => readonly string[];
  readonly #maxBytes: number;
  readonly #packer: Packer;
  readonly #someIds: string[] = [];
  readonly #firstFaults: ContentFault[] = [];
  #faults = 0;
  #complete = 0;

  constructor(declaration: FileDeclaration, maxBytes: number) {
    this.#key = declaration.key;
    this.#read = createItemReader(declaration.fields);
    this.#lacks = createCompletenessCheck(declaration);
    this.#maxBytes = maxBytes;
    this.#packer = new Packer(maxBytes);
  }

  take({ row, line }: NumberedRow): void {
    const message = this.#pack(row, line);
    if (message === null) return;
    this.#faults += 1;
    if (this.#firstFaults.length < MAX_FAULTS_TOLD) this.#firstFaults.push({ line, message });
  }

  finish(): PackedFile {
    if (this.#packer.count === 0) {
      const [fault] = this.#firstFaults;
      throw new FileSourceError(
        fault ? `holds no items; its first row ${fault.message}` : 'holds no items',
        fault?.line,
      );
    }
    const faults = { count: this.#faults, first: this.#firstFaults };
    return { pack: this.#packer.finish(), items: this.#complete, someIds: this.#someIds, faults };
  }

  /** Null if the row's item can be shown, or why not. */
  #pack(row: Row, line: number): string | null {
    const found = readId(row, this.#key);
    if ('fault' in found) return found.fault;
    const item = this.#read(found.id, row);
    const missing = this.#lacks(item);
    const unpacked = this.#packer.add(item, missing.length === 0);
    if (unpacked === 'full') throw this.#tooMuch(line);
    if (unpacked === 'repeated') return `repeats the item "${item.id}"; the first one counts`;
    if (unpacked === 'too_large') return `item "${item.id}" is too large and was left out`;
    if (missing.length > 0) return `item "${item.id}" lacks ${missing.join(', ')} and will not be shown`;
    this.#complete += 1;
    if (this.#someIds.length < MAX_IDS_LISTED) this.#someIds.push(item.id);
    return null;
  }

  #tooMuch(line: number): FileSourceError {
    const megabytes = Math.round(this.#maxBytes / 1_048_576);
    return new FileSourceError(
      `holds more than ${megabytes} MB of content, the most that is kept of one file`,
      line,
    );
  }
}

/** Makes the function that names the required fields an item lacks where no locale is asked for. */
function createCompletenessCheck({ fields, required }: FileDeclaration): (item: Item) => readonly string[] {
  const needed = required.map((name) => ({
    name,
    index: fields.findIndex((rule) => fieldNames(rule).includes(name)),
  }));
  return ({ values }) => {
    const missing = needed.filter(({ index }) => {
      const value = values[index] ?? null;
      return value === null || (typeof value === 'object' && (value.default ?? null) === null);
    });
    return missing.map(({ name }) => name);
  };
}
