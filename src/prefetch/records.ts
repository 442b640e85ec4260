import { z } from 'zod';
import type { Person } from '../domain/person.ts';
import { parseJson } from '../parse-json.ts';

// What the store keeps of prefetches. Versions of the service that differ may share it, so each record says its version,
// and one that cannot be read counts as none.

const Moment = z.object({ ms: z.number(), offsetMinutes: z.number() });

/** One line of the list of all prefetches: what every replica has to know of each at any time. */
export const Listed = z.object({
  id: z.string(),
  createdAtMs: z.number(),
  sendAt: Moment.nullable(),
  holdMs: z.number(),
  endedAtMs: z.number().nullable(),
  end: z.enum(['done', 'asked', 'too_old']).nullable(),
});
export type Listed = Readonly<z.infer<typeof Listed>>;

export const Index = z.object({
  v: z.literal(1),
  jobs: z.array(Listed),
  /** Lists of people that are being uploaded, and when somebody was last heard of them. */
  drafts: z.array(z.object({ id: z.string(), atMs: z.number() })),
});
export type Index = z.infer<typeof Index>;

const Odd = z.object({ count: z.number(), firstLines: z.array(z.number()).readonly() });

/** What never changes. */
export const Job = z.object({
  v: z.literal(1),
  id: z.string(),
  createdAtMs: z.number(),
  placements: z.array(z.string()).readonly(),
  campaign: z.string().nullable(),
  sendAt: Moment.nullable(),
  holdMs: z.number(),
  chunks: z.number(),
  audience: z.object({
    rows: z.number(),
    users: z.number(),
    idColumn: z.string().nullable(),
    idKind: z.enum(['user_id', 'device_id']),
    deviceColumn: z.string().nullable(),
    format: z.string(),
    packing: z.string(),
    duplicates: Odd,
    blank: Odd,
    impossible: Odd.extend({ reasons: z.record(z.string(), z.number().optional()).readonly() }),
  }),
});
export type Job = Readonly<z.infer<typeof Job>>;

/** What somebody wants of it; each wish has the next number. */
export const Wish = z.object({
  v: z.literal(1),
  wish: z.enum(['run', 'pause', 'cancel']),
  number: z.number(),
  atMs: z.number(),
});
export type Wish = Readonly<z.infer<typeof Wish>>;

export const NO_WISH: Wish = { v: 1, wish: 'run', number: 0, atMs: 0 };

const Counts = z.object({
  treatment: z.number(),
  control: z.number(),
  no_recommendation: z.number(),
  unknown_user: z.number(),
  failed: z.number(),
});

const PauseReason = z.enum(['unknown_placement', 'placement_disabled']);
const WaitReason = z.enum([
  ...(['throttled', 'circuit_open', 'upstream_rejected', 'store_unavailable', 'retrying'] as const),
]);

/** How far it is. Only the one who runs it writes this. */
export const Progress = z.object({
  v: z.literal(1),
  startedAtMs: z.number(),
  updatedAtMs: z.number(),
  /** Nobody goes on with it from there, for now. */
  hasStopped: z.boolean(),
  /** Everyone before this position is done, and after it those `ahead`. */
  cursor: z.object({ low: z.number(), ahead: z.array(z.number()) }),
  /** The time through the list, and then those with whom Amplitude failed, again and again. */
  pass: z.object({
    /** Retries that count, and all of them. */
    number: z.number(),
    waits: z.number(),
    /** The first chunk that is not part of it. */
    endChunk: z.number(),
    /** Whether Amplitude answered about anybody. */
    hasAnswers: z.boolean(),
    beginsAtMs: z.number(),
  }),
  /** The chunk to which the next failure goes, and how many are in it. */
  retry: z.object({ chunk: z.number(), length: z.number() }),
  /** Since when Amplitude has answered about nobody; null while it does. */
  outageSinceMs: z.number().nullable(),
  /** Why it stopped by itself, and the last wish that it knew then. */
  blocked: z.object({ reason: PauseReason, wishNumber: z.number() }).nullable(),
  waitReason: WaitReason.nullable(),
  done: z.number(),
  known: z.number(),
  failed: z.number(),
  forgotten: z.number(),
  calls: z.number(),
  counts: z.record(z.string(), Counts),
  /** In the last minute, and since when there was anything to count. */
  recent: z.object({ sinceMs: z.number(), people: z.number(), calls: z.number() }),
});
export type Progress = Readonly<z.infer<typeof Progress>>;

const People = z.array(z.string());

/** So many are kept together. */
export const CHUNK = 1_000;

/** The chunk in which this place is. */
export function chunkOf(place: number): number {
  return Math.floor(place / CHUNK);
}

/** No chunk has this number, or a higher one: of those with whom Amplitude failed, the latest may not be told yet. */
export function chunkCountOf({ chunks }: Job, progress: Pick<Progress, 'retry'> | null): number {
  return Math.max(chunks, (progress?.retry.chunk ?? 0) + 2);
}

/** A place that is null belonged to somebody who was forgotten: the others keep theirs. */
export type PeopleChunk = readonly (Person | null)[];

export function formatPeople(people: PeopleChunk): string {
  return JSON.stringify(
    people.map((person) => (person ? `${person.kind === 'user_id' ? 'u' : 'd'}${person.id}` : '')),
  );
}

/** Null for what is no such chunk. */
export function parsePeople(text: string | null): PeopleChunk | null {
  const coded = parseJson(People, text);
  return (
    coded?.map((code) =>
      code === '' ? null : { kind: code.startsWith('u') ? 'user_id' : 'device_id', id: code.slice(1) },
    ) ?? null
  );
}
