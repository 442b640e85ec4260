import type { Reader } from './reader.ts';
import { nameServed, sayBecause, type Tone, toneOf } from './words.ts';

/** Answers by reason. */
export type ReasonCounts = Readonly<Record<string, number>>;

/** How many answers there were of each kind, the most frequent first. */
export type ReasonShare = {
  readonly reason: string;
  readonly tone: Tone;
  readonly label: string;
  readonly answers: number;
  /** 0…1 */
  readonly share: number;
};

export function totalOf(counts: ReasonCounts): number {
  return Object.values(counts).reduce((sum, one) => sum + one, 0);
}

/** The answers of several times together. */
export function addReasons(times: readonly { readonly reasons: ReasonCounts }[]): ReasonCounts {
  const sum: Record<string, number> = {};
  for (const { reasons } of times) {
    for (const [reason, answers] of Object.entries(reasons)) sum[reason] = (sum[reason] ?? 0) + answers;
  }
  return sum;
}

export function sharesOf(counts: ReasonCounts): ReasonShare[] {
  const total = totalOf(counts);
  return Object.entries(counts)
    .map(([reason, answers]) => ({
      ...{ reason, answers, share: answers / total },
      tone: toneOf(reason),
      label: nameServed(reason),
    }))
    .sort((a, b) => TONES.indexOf(a.tone) - TONES.indexOf(b.tone) || b.answers - a.answers);
}

const TONES: readonly Tone[] = ['recommended', 'control', 'fallback'];

/** So many reasons are told by name; the rest together. */
const MAX_REASONS = 3;

/** `1,204 answers: 71 % recommended, 10 % control group, 19 % other default: 12 % because Amplitude was too slow, …` */
export function sayShares(counts: ReasonCounts, { count, percent }: Reader): string {
  const shares = sharesOf(counts);
  const total = totalOf(counts);
  if (total === 0) return 'No answers';
  const of = (tone: Tone): number =>
    shares.filter((one) => one.tone === tone).reduce((sum, one) => sum + one.share, 0);
  const fallbacks = shares.filter(({ tone }) => tone === 'fallback');
  const because = fallbacks.slice(0, MAX_REASONS).map(({ reason, share }) => {
    const why = sayBecause(reason);
    return fallbacks.length === 1 ? why : `${percent(share)} ${why}`;
  });
  const rest = fallbacks.slice(MAX_REASONS).reduce((sum, { share }) => sum + share, 0);
  if (rest > 0) because.push(`${percent(rest)} for other reasons`);
  const tail =
    fallbacks.length === 0
      ? 'no other default'
      : `${percent(of('fallback'))} other default${fallbacks.length === 1 ? ' ' : ': '}${because.join(', ')}`;
  const parts = [`${percent(of('recommended'))} recommended`, `${percent(of('control'))} control group`];
  return `${count(total, 'answer')}: ${parts.join(', ')}, ${tail}`;
}

/** A rectangle in a bar whose width is 100. */
type Piece = { readonly tone: string; readonly x: number; readonly width: number };

/** Rectangles side by side. */
export function drawPieces(parts: readonly { readonly tone: string; readonly share: number }[]): Piece[] {
  let x = 0;
  return parts.map(({ tone, share }) => {
    const piece = { tone, x: round(x), width: round(share * 100) };
    x += share * 100;
    return piece;
  });
}

export function drawShares(counts: ReasonCounts): Piece[] {
  return drawPieces(sharesOf(counts));
}

export function round(value: number): number {
  return Math.round(value * 100) / 100;
}
