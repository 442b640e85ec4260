import { z } from 'zod';
import type { Known, KnownLookup } from '../domain/freshness.ts';
import { NO_TRAITS, type Traits as PersonTraits } from '../domain/profile.ts';
import { parseJson } from '../parse-json.ts';

// What the store keeps of a look-up. Versions of the service that differ share a store while one replaces the other, so
// an entry says its version, and one that cannot be read counts as none.

const Traits = z.object({
  properties: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
  cohorts: z.array(z.string()),
  predictions: z.record(
    z.string(),
    z.object({ probability: z.number().nullable(), percentile: z.number().nullable() }),
  ),
});

const Entry = z.object({
  v: z.literal(1),
  at: z.number(),
  /** Found, and in which arm; or known and nothing, or not known. */
  s: z.enum(['treatment', 'control', 'no_recommendation', 'unknown_user']),
  items: z.array(z.string()).optional(),
  traits: Traits.optional(),
  /** The prefetch that keeps it fresh. Versions that know none see its age alone. */
  hold: z.string().optional(),
});

export function formatEntry({ lookup, saidAtMs, hold }: Known): string {
  const traits = 'traits' in lookup && lookup.traits !== NO_TRAITS ? lookup.traits : undefined;
  const isFound = lookup.status === 'found';
  const status = isFound ? (lookup.isControl ? 'control' : 'treatment') : lookup.status;
  const items = isFound && !lookup.isControl ? lookup.items : undefined;
  return JSON.stringify({ v: 1, at: saidAtMs, s: status, items, traits, hold: hold ?? undefined });
}

/** Null for what is no entry of this version. */
export function parseEntry(text: string): Known | null {
  const entry = parseJson(Entry, text);
  if (!entry) return null;
  const traits = entry.traits ?? NO_TRAITS;
  return { lookup: lookupOf(entry, traits), saidAtMs: entry.at, hold: internOne(entry.hold) };
}

function lookupOf({ s: status, items = [] }: z.infer<typeof Entry>, traits: PersonTraits): KnownLookup {
  switch (status) {
    case 'treatment':
      return { status: 'found', isControl: false, items: intern(items), traits };
    case 'control':
      return { status: 'found', isControl: true, items: [], traits };
    case 'no_recommendation':
      return { status, traits };
    case 'unknown_user':
      return { status };
  }
}

const MAX_INTERNED = 200_000;
const interned = new Map<string, string>();

/** The same few thousand item ids stand in hundreds of thousands of profiles: one copy of each will do. */
export function intern(ids: readonly string[]): readonly string[] {
  return ids.map(internId);
}

function internOne(id: string | undefined): string | null {
  return id === undefined ? null : internId(id);
}

function internId(id: string): string {
  const known = interned.get(id);
  if (known !== undefined) return known;
  if (interned.size < MAX_INTERNED) interned.set(id, id);
  return id;
}
