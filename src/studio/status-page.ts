import { findAlerts } from './alerts.ts';
import { drawChart } from './chart.ts';
import { type ChromeParts, type Visit, viewChrome } from './chrome.ts';
import type { Reader } from './reader.ts';
import type { ServiceStatus, SourceState } from './status.ts';

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
    cards: [viewBudget(status, reader), viewAmplitude(status, reader), viewStore(status, reader)],
    chart: drawChart(status.minutes, status.nowMs, reader),
    sources: status.sources.map((source) => viewSource(source, reader)),
    credentials: status.credentials.map(({ name, role, slot, lastUsedAtMs }) => ({
      ...{ name, role, slot: slot === 1 ? 'first' : `number ${slot}` },
      last: lastUsedAtMs === null ? null : reader.moment(lastUsedAtMs),
    })),
  };
}

function viewSource(
  { name, type, items, trouble, faults, lastGoodAtMs }: SourceState,
  reader: Reader,
): object {
  return {
    ...{ name, type, trouble, items: reader.number(items), faults: faults.first },
    ...stateOf(trouble, faults.count, reader),
    furtherFaults: Math.max(0, faults.count - faults.first.length),
    last: lastGoodAtMs === null ? null : reader.moment(lastGoodAtMs),
  };
}

function stateOf(trouble: string | null, faults: number, { count }: Reader): object {
  if (trouble !== null) return { tone: 'problem', state: 'Failing' };
  if (faults > 0) return { tone: 'fallback', state: `${count(faults, 'row')} with faults` };
  return { tone: 'recommended', state: 'Fine' };
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
      fact('In use', `${number(budget.calls)} of ${number(limit)} calls a minute (${percent(share)})`),
      fact('Setting', `${number(budget.perMinute)} a minute, for all replicas and projects together`),
      fact('Counted', sayCounted(budget.isShared, store.kind)),
      fact('Waiting', waiting === null ? 'not known' : `${number(waiting)} to be looked up`),
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
    text: 'asked whenever somebody has to be looked up',
  },
  open: {
    state: 'Left alone',
    tone: 'problem',
    text: 'it was failing, so it gets no calls for some seconds',
  },
  half_open: { state: 'Trying', tone: 'fallback', text: 'one call finds out whether it is back' },
} as const;

function viewAmplitude({ breaker, minutes }: ServiceStatus, { number, count }: Reader): object {
  const asked = minutes.reduce((sum, one) => sum + one.asked, 0);
  const failed = minutes.reduce((sum, one) => sum + one.failed, 0);
  const { state, tone, text } = BREAKER[breaker];
  return {
    ...{ title: 'Amplitude', state, tone },
    facts: [
      fact('Now', text),
      fact('Last hour', `asked for ${count(asked, 'answer')}, failed for ${number(failed)}`),
    ],
  };
}

const STORES: Readonly<Record<string, string>> = {
  memory: 'none: a restart forgets everything',
  sqlite: 'SQLite, for this process alone',
  redis: 'Redis, shared by all replicas',
};

function viewStore({ store, known }: ServiceStatus, { count, bytes }: Reader): object {
  return {
    title: 'Memory and store',
    state: store.isHealthy ? 'Fine' : 'Not answering',
    tone: store.isHealthy ? 'recommended' : 'problem',
    facts: [
      fact('Store', STORES[store.kind] ?? store.kind),
      fact('In memory', `${count(known.entries, 'look-up')}, ${bytes(known.bytes)}`),
    ],
  };
}

function fact(name: string, text: string): { readonly name: string; readonly text: string } {
  return { name, text };
}
