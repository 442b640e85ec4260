import type { Lookup } from './profile.ts';

/** Total ages, in milliseconds, up to which what Amplitude said is used. Each is at least the one before. */
export type Windows = {
  /** Served. */
  readonly freshMs: number;
  /** Served, and asked again behind the answer. */
  readonly staleMs: number;
  /** Served where Amplitude does not answer. */
  readonly staleIfErrorMs: number;
};

/** What Amplitude said of one person and recommendation, and when. */
export type Known = {
  readonly lookup: KnownLookup;
  /** Wall clock, milliseconds. */
  readonly saidAtMs: number;
  /** The prefetch that keeps it fresh until after its send; null for none. */
  readonly hold: string | null;
};

/** A failure is never known: it says nothing about the person. */
export type KnownLookup = Exclude<Lookup, { status: 'unavailable' }>;

export type Freshness = 'fresh' | 'stale' | 'stale_if_error' | 'gone';

/** People become known, and recommendations are trained, within minutes. */
export const NEGATIVE_FRESH_MS = 5 * 60_000;

/** A clock that was set back makes things look younger than they are, never older than nothing. */
export function ageOf({ saidAtMs }: Known, nowMs: number): number {
  return Math.max(0, nowMs - saidAtMs);
}

/** What may be done with something known at this age. `heldUntilMs` is until when its prefetch keeps it; null for none. */
export function freshnessOf(
  known: Known,
  { freshMs, staleMs, staleIfErrorMs }: Windows,
  nowMs: number,
  heldUntilMs: number | null,
): Freshness {
  if (heldUntilMs !== null && nowMs < heldUntilMs) return 'fresh';
  const age = ageOf(known, nowMs);
  if (known.lookup.status !== 'found') return age < Math.min(freshMs, NEGATIVE_FRESH_MS) ? 'fresh' : 'gone';
  if (age < freshMs) return 'fresh';
  if (age < staleMs) return 'stale';
  return age < staleIfErrorMs ? 'stale_if_error' : 'gone';
}
