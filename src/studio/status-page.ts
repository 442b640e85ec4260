import { drawChart } from './chart.ts';
import { type ChromeParts, type Visit, viewChrome } from './chrome.ts';
import { findOutage, type Minute, sayOutage } from './outage.ts';
import type { Reader } from './reader.ts';
import { addReasons } from './shares.ts';
import { count, sayDuration } from './words.ts';

/** How the service is doing. Times are wall-clock milliseconds. */
export type ServiceStatus = {
  readonly nowMs: number;
  readonly minutes: readonly Minute[];
  readonly budget: {
    readonly perMinute: number;
    /** What may be spent of it now, 0…1. */
    readonly share: number;
    /** Calls that count now. */
    readonly calls: number;
    /** False while each replica spends its part, since the store is away. */
    readonly isShared: boolean;
    /** Amplitude's last word that it was too much, and at how many calls in a minute. */
    readonly told: { readonly calls: number; readonly atMs: number } | null;
  };
  readonly breaker: 'closed' | 'open' | 'half_open';
  readonly known: { readonly entries: number; readonly bytes: number };
  readonly store: { readonly kind: string; readonly isHealthy: boolean };
  /** People on the waiting list; null if the store does not say. */
  readonly waiting: number | null;
  readonly sources: readonly SourceState[];
  readonly credentials: readonly {
    readonly name: string;
    readonly role: string;
    readonly slot: number;
    readonly lastUsedAtMs: number | null;
  }[];
};

export type SourceState = {
  readonly name: string;
  readonly type: string;
  readonly items: number;
  /** What is wrong now, or null. */
  readonly trouble: string | null;
  readonly lastGoodAtMs: number | null;
};

type Alert = { readonly tone: 'problem' | 'warning' | 'note'; readonly title: string; readonly text: string };

export function viewStatus(
  parts: ChromeParts,
  visit: Visit,
  status: ServiceStatus,
  isThisReplica: boolean,
): object {
  const { reader } = visit;
  const alerts = findAlerts(status, reader);
  return {
    chrome: viewChrome(parts, visit, 'Status', { section: 'status' }),
    headline: alerts.some(({ tone }) => tone !== 'note')
      ? 'Something needs a look. Messages go out all the same.'
      : 'All is well.',
    ...{ alerts, isThisReplica },
    cards: [viewBudget(status, reader), viewAmplitude(status), viewStore(status, reader)],
    chart: drawChart(status.minutes, status.nowMs, reader),
    sources: status.sources.map((source) => ({
      ...source,
      items: reader.number(source.items),
      tone: source.trouble === null ? 'recommended' : 'problem',
      state: source.trouble === null ? 'Fine' : 'Failing',
      last: source.lastGoodAtMs === null ? null : reader.moment(source.lastGoodAtMs),
    })),
    credentials: status.credentials.map(({ name, role, slot, lastUsedAtMs }) => ({
      ...{ name, role, slot: slot === 1 ? 'first' : `number ${slot}` },
      last: lastUsedAtMs === null ? null : reader.moment(lastUsedAtMs),
    })),
  };
}

/** Worst first. */
function findAlerts(status: ServiceStatus, reader: Reader): Alert[] {
  const { budget, store, sources, minutes, nowMs } = status;
  const alerts: Alert[] = [];
  const outage = findOutage(minutes, nowMs);
  if (outage) {
    const since = `${reader.moment(outage.sinceMs).text} (${sayDuration(Math.max(60_000, nowMs - outage.sinceMs))})`;
    alerts.push({
      tone: 'problem',
      title: `Amplitude is failing since ${since}.`,
      text: sayOutage(outage, reader),
    });
  }
  const rejected = addReasons(minutes).upstream_rejected ?? 0;
  if (rejected > 0) {
    alerts.push({
      tone: 'problem',
      title: 'Amplitude refuses our key or address.',
      text: `${count(rejected, 'answer')} in the last hour had to be the default for it. Check AMPLITUDE_SECRET_KEY and PROFILE_API_URL; nobody is looked up until that is mended.`,
    });
  }
  if (budget.told) alerts.push(sayTold(budget, budget.told, reader));
  if (!store.isHealthy) {
    alerts.push({
      tone: 'warning',
      title: `The store (${store.kind}) does not answer.`,
      text: 'Answers go on from memory. What is decided now may be decided anew after a restart.',
    });
  }
  for (const { name, trouble } of sources) {
    if (trouble === null) continue;
    const text = `Its last words: ${trouble}. Items that are known already are shown until they are too old.`;
    alerts.push({ tone: 'warning', title: `The content source ${name} is failing.`, text });
  }
  return alerts;
}

/** Amplitude's documented allowance, unless its support has raised it. */
const USUAL_LIMIT = 600;

function sayTold(
  { perMinute, share }: ServiceStatus['budget'],
  { calls, atMs }: { readonly calls: number; readonly atMs: number },
  { number, percent, moment }: Reader,
): Alert {
  const isSlower = share < 1;
  const now = isSlower
    ? `Inlay now asks at ${percent(share)} of that and comes back in steps.`
    : 'Inlay has been back at the full rate since.';
  const question =
    calls <= USUAL_LIMIT && perMinute > USUAL_LIMIT
      ? 'Has Amplitude’s support raised the limit?'
      : 'Do others in the organisation use the same allowance? Then subtract theirs from PROFILE_BUDGET_PER_MINUTE.';
  return {
    tone: isSlower ? 'warning' : 'note',
    title: `Amplitude throttled us at ${number(calls)} calls a minute; the setting is ${number(perMinute)}.`,
    text: `${question} ${now} Last told ${moment(atMs).text}.`,
  };
}

function viewBudget({ budget, waiting, store }: ServiceStatus, { number, percent }: Reader): object {
  const limit = Math.floor(budget.perMinute * budget.share);
  const share = limit === 0 ? 1 : Math.min(1, budget.calls / limit);
  const left = Math.max(0, limit - budget.calls);
  return {
    title: 'Look-up budget',
    tone: left === 0 ? 'fallback' : 'recommended',
    state: left === 0 ? 'Used up' : `${number(left)} left`,
    meter: { share, label: 'Share of the budget in use' },
    facts: [
      fact('In use now', `${number(budget.calls)} of ${number(limit)} calls a minute (${percent(share)})`),
      fact('Setting', `${number(budget.perMinute)} a minute, for all replicas and projects`),
      fact('Counted', sayCounted(budget.isShared, store.kind)),
      fact('Waiting to be looked up', waiting === null ? 'not known' : number(waiting)),
    ],
  };
}

function sayCounted(isShared: boolean, store: string): string {
  if (!isShared) return 'by each replica its part, since the store is away';
  return store === 'redis' ? 'in the store, by all replicas together' : 'by this process';
}

const BREAKER = {
  closed: {
    state: 'Answering',
    tone: 'recommended',
    text: 'it is asked whenever somebody has to be looked up',
  },
  open: {
    state: 'Left alone',
    tone: 'problem',
    text: 'it was failing, so calls are spared for a few seconds',
  },
  half_open: { state: 'Trying', tone: 'fallback', text: 'one call finds out whether it is back' },
} as const;

function viewAmplitude({ breaker, minutes }: ServiceStatus): object {
  const asked = minutes.reduce((sum, one) => sum + one.asked, 0);
  const failed = minutes.reduce((sum, one) => sum + one.failed, 0);
  const { state, tone, text } = BREAKER[breaker];
  return {
    ...{ title: 'Amplitude', state, tone },
    facts: [
      fact('Now', text),
      fact('Asked in the last hour', `for ${count(asked, 'answer')}`),
      fact('Failed', count(failed, 'time')),
    ],
  };
}

function viewStore({ store, known }: ServiceStatus, { number }: Reader): object {
  return {
    title: 'Memory and store',
    state: store.isHealthy ? 'Fine' : 'Not answering',
    tone: store.isHealthy ? 'recommended' : 'problem',
    facts: [
      fact('Store', store.kind),
      fact('Look-ups in memory', number(known.entries)),
      fact('They take', `${number(Math.round(known.bytes / 100_000) / 10)} MB`),
    ],
  };
}

function fact(name: string, text: string): { readonly name: string; readonly text: string } {
  return { name, text };
}
