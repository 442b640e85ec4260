import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Dispatcher } from 'undici';
import type { Clock } from '../domain/clock.ts';
import { CLICKED, SERVED } from '../domain/event-types.ts';
import type { Person } from '../domain/person.ts';
import type { EventMetrics } from '../event-metrics.ts';
import type { LeaseStore } from '../lease.ts';
import { type Channel, startChannel } from './channel.ts';
import { eventTypeOf } from './event.ts';
import { type Outbox, removePerson } from './outbox.ts';
import { createOutcomeLog } from './outcome-log.ts';
import { createPost } from './post.ts';
import { createRecorder, type Recorder } from './recorder.ts';

/** The store as far as events are concerned, already guarded: it may reject, but never hangs. */
export type EventStore = {
  readonly kind: string;
  readonly outbox: Outbox;
  readonly leases: LeaseStore;
};

export type EventsOptions = {
  readonly store: EventStore;
  /** In the memory of this process, for what the store fails to take. */
  readonly spare: Outbox;
  /** Stands in front of the names of its boxes: events of a demo must never go to the real Amplitude. */
  readonly prefix: string;
  /** Project → API key; null is the main one. Placements of others send none. */
  readonly apiKeys: ReadonlyMap<string | null, string>;
  /** All projects: one without a key may have had one. */
  readonly projects: readonly (string | null)[];
  /** The whole endpoint. */
  readonly url: URL;
  readonly dispatcher: Dispatcher;
  readonly metrics: EventMetrics;
  readonly clock: Clock;
  readonly log: Logger;
};

/** Tells Amplitude what was served and clicked. Neither is waited for. */
export type Events = Omit<Recorder, 'forget'> & {
  /** Forgets somebody in the memory of this process. */
  readonly forget: (person: Person) => void;
  /** Takes somebody's events out of the store. Rejects where that fails. */
  readonly removeStored: (person: Person) => Promise<void>;
  /** Puts what is in memory into the store, tries for a moment to send everything, and stops. Safe to call twice. */
  readonly close: () => Promise<void>;
};

/** More than a request and its answer take, and what a replica that ends suddenly holds the others up for. */
const LEASE_MS = 30_000;

/** For emptying the memory into the store, and for sending. */
const CLOSE_MS = 3_000;

export function startEvents(options: EventsOptions): Events {
  const { store, spare, prefix, apiKeys, projects, url, dispatcher, metrics, clock, log } = options;
  const nameOf = (project: string | null): string => `${prefix}:${project ?? ''}`;
  const leaseOf = (project: string | null): string => `=${nameOf(project)}`;
  const owner = randomUUID();
  let closing: Promise<void> | null = null;

  const open = (project: string | null, apiKey: string): Channel => {
    const outcomeLog = createOutcomeLog(log, project);
    return startChannel({
      ...{ box: nameOf(project), outbox: store.outbox, spare, clock },
      mayGoOn: () => store.leases.take(leaseOf(project), owner, LEASE_MS),
      post: createPost({ url, apiKey, dispatcher }),
      onSettled: (how, lines) => {
        const clicks = lines.filter((line) => eventTypeOf(line) === CLICKED).length;
        metrics.countEvents(CLICKED, how, clicks);
        metrics.countEvents(SERVED, how, lines.length - clicks);
      },
      onOutcome: (outcome) => {
        metrics.countRequest(outcome.kind);
        outcomeLog.tell(outcome);
      },
      onFault: (reason) => log.warn({ project, reason }, 'events wait: their queue cannot be used'),
    });
  };
  const channels = new Map([...apiKeys].map(([project, apiKey]) => [project, open(project, apiKey)]));
  const all = [...channels.values()];
  metrics.addGauges({
    queued: async () =>
      (await Promise.all(all.map(({ size }) => size()))).reduce((sum, size) => sum + size, 0),
    oldestAgeMs: async () => Math.max(0, ...(await Promise.all(all.map(({ oldestAgeMs }) => oldestAgeMs())))),
  });

  const recorder = createRecorder({
    findChannel: (project) => channels.get(project) ?? null,
    onNotTold: (type, why) => metrics.countEvents(type, why, 1),
    wallNow: clock.wall,
  });

  const stop = async (): Promise<void> => {
    const over = AbortSignal.timeout(CLOSE_MS);
    const stopped = Promise.all(all.map((channel) => channel.stop(over)));
    await Promise.race([stopped, sleep(CLOSE_MS, undefined, { ref: false })]);
    const leases = [...apiKeys.keys()].map(leaseOf);
    await Promise.all(leases.map((lease) => store.leases.release(lease, owner).catch(() => {})));
    const lost = await Promise.all(all.map((channel) => channel.sizeInMemory(store.kind === 'memory')));
    const events = lost.reduce((sum, size) => sum + size, 0);
    if (events > 0) log.warn({ events }, 'events are lost with this process');
  };

  return {
    ...{ served: recorder.served, clicked: recorder.clicked },
    forget: (person) => {
      recorder.forget();
      for (const channel of all) channel.forget(person);
    },
    removeStored: async (person) => {
      await Promise.all(projects.map((project) => removePerson(store.outbox, nameOf(project), person)));
    },
    close: () => {
      closing ??= stop();
      return closing;
    },
  };
}
