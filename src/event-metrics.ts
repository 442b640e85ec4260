import { Counter, Gauge, type Registry } from '@prometheus-io/client';

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
  // Finding the counter by its labels costs more than counting.
  const counters = new Map<string, { inc: (count: number) => void }>();

  return {
    countEvents: (event, result, count) => {
      if (count === 0) return;
      const key = `${event} ${result}`;
      const counter = counters.get(key) ?? events.labels({ event, result });
      counters.set(key, counter);
      counter.inc(count);
    },
    countRequest: (result) => requests.inc({ result }),
    addGauges: ({ queued, oldestAgeMs }) => {
      const gauge = (name: string, help: string, read: () => Promise<number>): void => {
        new Gauge({
          ...{ name, help, registers },
          async collect() {
            this.set(await read().catch(() => Number.NaN));
          },
        });
      };
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
