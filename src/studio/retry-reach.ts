import type { Prefetch } from '../domain/prefetch.ts';
import type { Reader } from './reader.ts';

/** Whoever is refused for want of budget waits so long to be looked up, and Braze's retries are over by then. */
const REACHED_FOR_MINUTES = 15;

export type RetryReach = {
  readonly placement: string;
  readonly campaign: string | null;
  /** Newest first; null if the store does not say. */
  readonly prefetches: readonly Prefetch[] | null;
  readonly budgetPerMinute: number;
  /** How many people the message goes to; null if nobody said. */
  readonly people: number | null;
  /** Wall clock, milliseconds. */
  readonly nowMs: number;
};

export type ReachWarning = {
  readonly key: 'reach';
  readonly tone: 'problem' | 'warning' | 'recommended';
  readonly title: string;
  readonly text: string;
};

/** Whom a retrying tag does not reach: about as many as neither a prefetch nor the retries have looked up. */
export function warnOfReach(reach: RetryReach, { number, moment }: Reader): ReachWarning {
  const { budgetPerMinute, people, prefetches } = reach;
  const prefetch = (prefetches ?? []).find((one) => isForThis(one, reach)) ?? null;
  const reachable = budgetPerMinute * REACHED_FOR_MINUTES;
  if (prefetch?.state === 'done') {
    const until =
      prefetch.heldUntilMs === null ? '' : `, and stay ready until ${moment(prefetch.heldUntilMs).text}`;
    return {
      ...{ key: 'reach', tone: 'recommended' },
      title: `${number(prefetch.audience.users)} people are ready${until}.`,
      text: 'They are answered from the store. Send to these people and no others.',
    };
  }
  const all = people ?? prefetch?.audience.users ?? null;
  const missing = all === null ? null : Math.max(0, all - (prefetch?.done ?? 0) - reachable);
  const state = prefetch
    ? `The prefetch has done ${number(prefetch.done)} of ${number(prefetch.audience.users)}.`
    : 'No prefetch of this placement is finished.';
  const budget = `${number(budgetPerMinute)} look-ups a minute reach about ${number(reachable)} people while Braze retries.`;
  if (missing === 0) {
    return { key: 'reach', tone: 'warning', title: `${state} The budget may do without.`, text: budget };
  }
  const title =
    missing === null || all === null
      ? `${state} Beyond about ${number(reachable)} people, messages may not be sent.`
      : `${state} About ${number(roundRoughly(missing))} of ${number(all)} may not be sent.`;
  return { key: 'reach', tone: 'problem', title, text: `${budget} Prefetch the audience first.` };
}

function isForThis(prefetch: Prefetch, { placement, campaign, nowMs }: RetryReach): boolean {
  const isOver = prefetch.heldUntilMs !== null && prefetch.heldUntilMs < nowMs;
  const isSame = campaign === null || prefetch.campaign === null || prefetch.campaign === campaign;
  return prefetch.placements.includes(placement) && isSame && !isOver && prefetch.state !== 'cancelled';
}

/** 191,000 → 190,000: nobody can tell it better. */
function roundRoughly(people: number): number {
  const step = 10 ** Math.max(0, Math.floor(Math.log10(people)) - 1);
  return Math.round(people / step) * step;
}
