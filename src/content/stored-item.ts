import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { HttpDeclaration, PostgresDeclaration } from '../domain/content-source.ts';
import { parseJson } from '../parse-json.ts';
import type { Item } from './item.ts';

/** What a source said of an id, as it outlives the process; null: the source has no such item. */
export type StoredItem = { readonly item: Item | null; readonly saidAtMs: number };

const Value = z.union([z.string(), z.number(), z.boolean(), z.null()]);
const Entry = z.object({
  v: z.literal(1),
  at: z.number(),
  values: z.array(z.union([Value, z.record(z.string(), Value)])).nullable(),
});

export function formatStored({ item, saidAtMs }: StoredItem): string {
  return JSON.stringify({ v: 1, at: saidAtMs, values: item?.values ?? null });
}

/** Null for what is no entry of this version. */
export function parseStored(text: string, id: string, fieldCount: number): StoredItem | null {
  const entry = parseJson(Entry, text);
  if (!entry || (entry.values && entry.values.length !== fieldCount)) return null;
  return { item: entry.values && { id, values: entry.values }, saidAtMs: entry.at };
}

/** What the keys of a source's items begin with. One that is read in another way has said nothing yet. */
export function storePrefix(declaration: HttpDeclaration | PostgresDeclaration): string {
  const { name, fields, key } = declaration;
  const text = JSON.stringify([fields, key, askedBy(declaration)]);
  const fingerprint = createHash('sha256').update(text).digest('base64url').slice(0, 16);
  return `=content\n${name}\n${fingerprint}`;
}

/** Headers and a database's address are left out: passwords in them may change without the items becoming others. */
function askedBy(declaration: HttpDeclaration | PostgresDeclaration): readonly unknown[] {
  if (declaration.type === 'postgres') return [declaration.query];
  const { url, body, rows, resolve } = declaration;
  return [url, body, rows, resolve];
}
