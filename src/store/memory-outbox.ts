import type { NewRow, OutboxStore } from './store.ts';

/** Some forty thousand events. */
const MAX_CHARACTERS = 16 * 1_048_576;

type Row = NewRow & { readonly expiresAt: number };
type Box = { readonly rows: Map<string, Row>; characters: number; count: number };

/** Boxes that are gone with the process. `now` gives milliseconds by a clock that never steps. */
export function createMemoryOutbox(now: () => number): OutboxStore {
  const boxes = new Map<string, Box>();
  let lastId = 0;

  const boxOf = (name: string): Box => {
    const box = boxes.get(name) ?? { rows: new Map(), characters: 0, count: 0 };
    boxes.set(name, box);
    return box;
  };
  /** Null takes it out. What replaces another stands in its place among the others. */
  const put = (box: Box, id: string, row: Row | null): void => {
    const old = box.rows.get(id);
    if (row) box.rows.set(id, row);
    else box.rows.delete(id);
    box.characters += (row?.value.length ?? 0) - (old?.value.length ?? 0);
    box.count += (row?.count ?? 0) - (old?.count ?? 0);
  };
  const dropExpired = (box: Box): void => {
    for (const [id, { expiresAt }] of box.rows) if (expiresAt <= now()) put(box, id, null);
  };

  return {
    append: async (name, row, keepMs) => {
      const box = boxOf(name);
      if (box.characters + row.value.length > MAX_CHARACTERS) dropExpired(box);
      if (box.characters + row.value.length > MAX_CHARACTERS) return false;
      lastId += 1;
      put(box, String(lastId), { ...row, expiresAt: now() + keepMs });
      return true;
    },
    peek: async (name, characters, after) => {
      const box = boxOf(name);
      dropExpired(box);
      const found: { id: string; value: string }[] = [];
      let held = 0;
      for (const [id, { value }] of box.rows) {
        if (Number(id) <= Number(after ?? 0)) continue;
        held += value.length;
        if (held > characters && found.length > 0) break;
        found.push({ id, value });
      }
      return found;
    },
    replace: async (name, { id, value }, by) => {
      const box = boxOf(name);
      const row = box.rows.get(id);
      if (row?.value !== value) return false;
      put(box, id, { ...by, expiresAt: row.expiresAt });
      return true;
    },
    remove: async (name, ids) => {
      const box = boxOf(name);
      for (const id of ids) put(box, id, null);
    },
    count: async (name) => boxOf(name).count,
  };
}
