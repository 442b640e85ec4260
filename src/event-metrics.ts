import { Counter, type Registry } from '@prometheus-io/client';
import { addGauge, createQuickCount } from './instruments.ts';

/** What is asked for when metrics are scraped; either may reject. */
export type EventGauges = {
  readonly queued: () => Promise<number>;
  readonly oldestAgeMs: () => Promise<number>;
};

/** What is counted of events for Amplitude. */
export type EventMetrics = {
  readonly countEvents: (event: string, result: string, count: number) => void;
  readonly countRequest: (result: string) => void;
  readonly addGauges: (gauges: EventGauges) => void;
};

export function createEventMetrics(registry: Registry): EventMetrics {
  const registers = [registry];
  const events = new Counter({
    name: 'inlay_events_total',
    help: 'Served and clicked events, by what became of them: sent, repeated (known to be sent or queued), or why not.',
    labelNames: ['event', 'result'],
    registers,
  });
  const requests = new Counter({
    name: 'inlay_event_requests_total',
    help: 'Requests with events to Amplitude, by how they ended; denied: the key or the URL is wrong.',
    labelNames: ['result'],
    registers,
  });
  const count = createQuickCount(
    (labels: { readonly event: string; readonly result: string }) => events.labels({ ...labels }),
    ({ event, result }) => `${event} ${result}`,
  );

  return {
    countEvents: (event, result, times) => {
      if (times > 0) count({ event, result }, times);
    },
    countRequest: (result) => requests.inc({ result }),
    addGauges: ({ queued, oldestAgeMs }) => {
      const gauge = addGauge.bind(null, registers);
      gauge(
        'inlay_events_queued',
        'Events that wait to be sent, of all replicas that share the store.',
        queued,
      );
      gauge('inlay_events_oldest_age_seconds', 'How long the oldest of them has waited.', async () =>
        Math.round((await oldestAgeMs()) / 1_000),
      );
    },
  };
}
