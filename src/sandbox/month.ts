import { addDays, DAY_MS, dayAt } from '../domain/day.ts';
import { SERVED } from '../domain/event-types.ts';
import type { BookedEvent } from './event-book.ts';
import { exposureOf } from './exposure.ts';

/** What a month is made with, and what results must therefore find. */
export type MonthPlan = {
  /** The first of its days begins here, in UTC. Milliseconds. */
  readonly startMs: number;
  readonly days: number;
  readonly people: number;
  /** Of all people. */
  readonly controlShare: number;
  /** How many of control convert. */
  readonly controlRate: number;
  /** How many more of the treatment do, as a part of that. */
  readonly lift: number;
  /** The placement that showed it, in a send each week. */
  readonly placement: string;
  readonly seed: number;
};

/** The month of the demo: large enough that its lift can be told. */
export const DEMO_MONTH = {
  days: 30,
  people: 20_000,
  controlShare: 0.1,
  controlRate: 0.12,
  lift: 0.25,
  placement: 'home-hero',
  /** Of several that were tried, one whose chance finding is near the truth. */
  seed: 7,
} as const;

export const OUTCOME_EVENT = 'Purchase';

/** Most buy within days. */
const MEAN_DAYS_TO_BUY = 2;
/** Chance that somebody is looked up again on a later day. */
const COMES_AGAIN = 0.4;

/** Exposures, answers and purchases of people who are in the experiment for a month: the same for the same plan. */
export function* generateMonth(plan: MonthPlan): Generator<BookedEvent> {
  const random = createRandom(plan.seed);
  const endMs = plan.startMs + plan.days * DAY_MS;
  for (let person = 1; person <= plan.people; person += 1) {
    const who = { userId: `month-${person}`, deviceId: null };
    const isControl = random() < plan.controlShare;
    const rate = plan.controlRate * (isControl ? 1 : 1 + plan.lift);
    const firstMs = Math.floor(plan.startMs + random() * plan.days * DAY_MS);
    const againMs = Math.floor(firstMs + (1 + random() * 9) * DAY_MS);
    const boughtMs = Math.floor(firstMs - Math.log(1 - random()) * MEAN_DAYS_TO_BUY * DAY_MS);
    const [comesAgain, buys] = [random() < COMES_AGAIN, random() < rate];
    // What would happen after the month has not happened yet.
    for (const timeMs of comesAgain && againMs < endMs ? [firstMs, againMs] : [firstMs]) {
      yield exposureOf(who, isControl, timeMs);
      yield servedTo(who, isControl, timeMs, plan.placement);
    }
    if (buys && boughtMs < endMs) {
      yield { ...who, eventType: OUTCOME_EVENT, timeMs: boughtMs, properties: { price: 20 } };
    }
  }
}

/** What Inlay would have told of its answer. */
function servedTo(
  who: Pick<BookedEvent, 'userId' | 'deviceId'>,
  isControl: boolean,
  timeMs: number,
  placement: string,
): BookedEvent {
  const day = dayAt(timeMs);
  const monday = addDays(day, -((new Date(timeMs).getUTCDay() + 6) % 7));
  const decision = isControl
    ? { variant: 'baseline', reason: 'control' }
    : { variant: 'treatment', reason: 'recommended' };
  const properties = { placement, ...decision, campaign: `weekly-${monday}`, channel: 'email' };
  return { eventType: SERVED, ...who, timeMs, properties };
}

/** Mulberry32: small, and good enough to look like chance. */
export function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
