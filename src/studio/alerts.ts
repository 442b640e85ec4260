import { findOutage, type Minute, sayOutage } from './outage.ts';
import type { Moment, Reader } from './reader.ts';
import { addReasons } from './shares.ts';
import type { ServiceStatus } from './status.ts';
import { sayDuration } from './words.ts';

/** Something that a reader should know at once. */
export type Alert = {
  readonly key: string;
  /** `note`: nothing to do. */
  readonly tone: 'problem' | 'warning' | 'note';
  readonly title: string;
  /** A time behind the title, and what ends the sentence. */
  readonly moment: Moment | null;
  readonly titleEnd: string;
  readonly text: string;
};

/** What is wrong with the service now, worst first. */
export function findAlerts(status: ServiceStatus, reader: Reader): Alert[] {
  const { budget, store, sources, minutes, nowMs } = status;
  return [
    alertOfOutage(minutes, nowMs, reader) ?? [],
    alertOfRefusal(minutes, reader) ?? [],
    alertOfThrottling(minutes, reader) ?? [],
    budget.told ? alertOfBudget(budget, budget.told, reader) : [],
    store.isHealthy ? [] : alertOfStore(store.kind),
    ...sources.map(({ name, trouble }) => (trouble === null ? [] : alertOfSource(name, trouble))),
  ].flat();
}

/** Amplitude is failing; null while it is not. */
export function alertOfOutage(minutes: readonly Minute[], nowMs: number, reader: Reader): Alert | null {
  const outage = findOutage(minutes, nowMs);
  if (!outage) return null;
  const lasted = sayDuration(Math.max(60_000, nowMs - outage.sinceMs));
  return {
    ...{ key: 'outage', tone: 'problem', title: 'Amplitude is failing since', titleEnd: ` (${lasted}).` },
    moment: reader.moment(outage.sinceMs),
    text: sayOutage(outage, reader),
  };
}

function alertOfRefusal(minutes: readonly Minute[], { count }: Reader): Alert | null {
  const rejected = addReasons(minutes).upstream_rejected ?? 0;
  if (rejected === 0) return null;
  return whole(
    'refusal',
    'problem',
    'Amplitude refuses our key or address.',
    `${count(rejected, 'answer')} in the last hour had to be the default for it. Tell an engineer to check AMPLITUDE_SECRET_KEY and PROFILE_API_URL; nobody is looked up until that is mended.`,
  );
}

function alertOfThrottling(minutes: readonly Minute[], { count }: Reader): Alert | null {
  const throttled = addReasons(minutes).throttled ?? 0;
  if (throttled === 0) return null;
  return whole(
    'throttling',
    'warning',
    'The look-up budget was used up.',
    `${count(throttled, 'answer')} in the last hour had to be the default for it. Spread the send over more time, or prefetch its audience before it.`,
  );
}

/** Amplitude's documented allowance, unless its support has raised it. */
const USUAL_LIMIT = 600;

type Budget = ServiceStatus['budget'];

function alertOfBudget(
  { perMinute, share }: Budget,
  { calls, atMs }: NonNullable<Budget['told']>,
  { number, percent, moment }: Reader,
): Alert {
  const isSlower = share < 1;
  const question =
    calls <= USUAL_LIMIT && perMinute > USUAL_LIMIT
      ? 'Has Amplitude’s support raised the limit?'
      : 'Do others in the organisation use the same allowance? Then subtract theirs from PROFILE_BUDGET_PER_MINUTE.';
  const now = isSlower
    ? `Inlay now asks at ${percent(share)} of that and comes back in steps.`
    : 'Inlay has been back at the full rate since.';
  return {
    ...{ key: 'budget', tone: isSlower ? 'warning' : 'note', moment: moment(atMs) },
    title: `Amplitude throttled us at ${number(calls)} calls a minute, last at`,
    titleEnd: `; the setting is ${number(perMinute)}.`,
    text: `${question} ${now}`,
  };
}

function alertOfStore(kind: string): Alert {
  return whole(
    'store',
    'warning',
    `The store (${kind}) does not answer.`,
    'Answers go on from memory. What is decided now may be decided anew after a restart.',
  );
}

function alertOfSource(name: string, trouble: string): Alert {
  return whole(
    `source-${name}`,
    'warning',
    `The content source ${name} is failing.`,
    `Its last words: ${trouble}. Items that are known already are shown until they are too old.`,
  );
}

function whole(key: string, tone: Alert['tone'], title: string, text: string): Alert {
  return { key, tone, title, moment: null, titleEnd: '', text };
}
