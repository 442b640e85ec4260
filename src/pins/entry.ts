import { z } from 'zod';
import { REASONS } from '../domain/decision.ts';
import type { Pin } from '../domain/pin.ts';
import { parseJson } from '../parse-json.ts';

// What the store keeps of a pin, a million times: hence the short names.
const Entry = z.object({
  v: z.literal(1),
  /** Reason, which tells the variant too. */
  r: z.enum(REASONS),
  i: z.array(z.string()),
  u: z.array(z.string().nullable()),
  c: z.string().nullable(),
  /** Pinned at, and until. */
  t: z.tuple([z.number(), z.number()]),
});

export function formatPin({ reason, itemIds, urls, channel, pinnedAtMs, untilMs }: Pin): string {
  return JSON.stringify({ v: 1, r: reason, i: itemIds, u: urls, c: channel, t: [pinnedAtMs, untilMs] });
}

/** Null for what is no pin of this version. */
export function parsePin(text: string): Pin | null {
  const entry = parseJson(Entry, text);
  if (!entry) return null;
  const [pinnedAtMs, untilMs] = entry.t;
  return { reason: entry.r, itemIds: entry.i, urls: entry.u, channel: entry.c, pinnedAtMs, untilMs };
}
