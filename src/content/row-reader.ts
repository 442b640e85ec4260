import type { HttpDeclaration, PostgresDeclaration } from '../domain/content-source.ts';
import { createItemReader, type Item, readId } from './item.ts';
import type { Row } from './source.ts';

/** A row that is of no use: it was not asked for, or its id cannot be read. */
export type OddRow = 'not_asked_for' | 'no_id';

export type RowsRead = {
  readonly found: ReadonlyMap<string, Item>;
  /**
   * False where rows came that nobody asked for: some sources drop a filter that is too long for them, and answer what
   * comes first. That says nothing about what is missing.
   */
  readonly isSelective: boolean;
};

/** Finds the items asked for among rows: sources answer in an order of their own, and leave ids out silently. */
export function createRowReader(
  { fields, key }: HttpDeclaration | PostgresDeclaration,
  onOddRow: (reason: OddRow) => void,
): (rows: readonly Row[], ids: readonly string[]) => RowsRead {
  const readItem = createItemReader(fields);
  return (rows, ids) => {
    const wanted = new Set(ids);
    const found = new Map<string, Item>();
    let isSelective = true;
    for (const row of rows) {
      const read = readId(row, key);
      if ('fault' in read) {
        onOddRow('no_id');
      } else if (!wanted.has(read.id)) {
        isSelective = false;
        onOddRow('not_asked_for');
      } else if (!found.has(read.id)) {
        found.set(read.id, readItem(read.id, row));
      }
    }
    return { found, isSelective };
  };
}

/** False for what no row can have as its id, and no source need be asked about. */
export function isPossibleId(id: string): boolean {
  const read = readId({ id }, 'id');
  return 'id' in read && read.id === id;
}
