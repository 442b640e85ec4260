import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../domain/clock.ts';
import type { Person } from '../domain/person.ts';
import { createBuffer } from './buffer.ts';
import { KEEP_MS, type Outbox, oldestAgeMs, removePerson } from './outbox.ts';
import type { Outcome } from './outcome.ts';
import type { Post } from './post.ts';
import { ROW_CHARACTERS } from './row.ts';
import { createSender, type Sender, type Settled } from './sender.ts';

/** How often a box is looked at. What waits for so long goes in one request. */
const TURN_EVERY_MS = 1_000;

export type ChannelOptions = {
  readonly box: string;
  readonly outbox: Outbox;
  /** In the memory of this process, for what the outbox fails to take. */
  readonly spare: Outbox;
  /** True while nobody else sends what is in the outbox. */
  readonly mayGoOn: () => Promise<boolean>;
  readonly post: Post;
  readonly clock: Clock;
  readonly onSettled: (how: Settled | 'queue_full', lines: readonly string[]) => void;
  readonly onOutcome: (outcome: Outcome) => void;
  /** The outbox fails, from now on. `reason` may be shown. */
  readonly onFault: (reason: string) => void;
};

/** The way of one project's events to Amplitude. */
export type Channel = {
  readonly add: (line: string) => void;
  /** Forgets somebody in the memory of this process. */
  readonly forget: (person: Person) => void;
  /** How many wait. Rejects where the outbox fails. */
  readonly size: () => Promise<number>;
  /** How many of them the end of the process loses. `isOutboxInMemory`: so are those in the outbox. */
  readonly sizeInMemory: (isOutboxInMemory: boolean) => Promise<number>;
  readonly oldestAgeMs: () => Promise<number>;
  /** Stops what goes on behind. Then puts everything into the outbox and sends, until `signal` ends that. */
  readonly stop: (signal: AbortSignal) => Promise<void>;
};

export function startChannel(options: ChannelOptions): Channel {
  const { box, outbox, spare, clock, onSettled } = options;
  const buffer = createBuffer({ box, outbox, spare, wallNow: clock.wall, onDropped: onSettled });
  const turns = [
    createTurn(createSender(options), options.onFault),
    createTurn(createSender({ ...options, outbox: spare, mayGoOn: async () => true }), options.onFault),
  ];
  const stopping = new AbortController();
  const sending = new AbortController();

  const turnAll = async (): Promise<boolean> =>
    (await Promise.all(turns.map((turn) => turn(sending.signal)))).includes(true);

  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      const isMore = await turnAll();
      if (!isMore)
        await sleep(TURN_EVERY_MS, undefined, { signal: stopping.signal, ref: false }).catch(() => {});
    }
  };

  /** What is in memory outlives this process only in the store. */
  const emptySpare = async (): Promise<void> => {
    for (;;) {
      const rows = await spare.peek(box, ROW_CHARACTERS, null);
      if (rows.length === 0) return;
      for (const { id, value } of rows) {
        const count = value.split('\n').length - 1;
        if (!(await outbox.append(box, { value, count }, KEEP_MS))) return;
        await spare.remove(box, [id]);
      }
    }
  };

  const running = run();
  return {
    add: buffer.add,
    forget: (person) => {
      buffer.forget(person);
      void removePerson(spare, box, person);
    },
    size: async () => (await outbox.count(box)) + (await spare.count(box)) + buffer.size(),
    sizeInMemory: async (isOutboxInMemory) =>
      (isOutboxInMemory ? await outbox.count(box) : 0) + (await spare.count(box)) + buffer.size(),
    oldestAgeMs: async () => {
      const ages = [outbox, spare].map((some) => oldestAgeMs(some, box, clock.wall()));
      return Math.max(...(await Promise.all(ages)));
    },
    stop: async (signal) => {
      signal.addEventListener('abort', () => sending.abort(), { once: true });
      stopping.abort();
      await running;
      await buffer.flush();
      await emptySpare().catch(() => {});
      while (!signal.aborted && (await turnAll()));
    },
  };
}

/** Never rejects: true if there may be more to send at once. One call of `onFault` tells of a row of failures. */
function createTurn({ turn }: Sender, onFault: (reason: string) => void): Sender['turn'] {
  let isFailing = false;
  return async (signal) => {
    try {
      const isMore = await turn(signal);
      isFailing = false;
      return isMore;
    } catch (error) {
      if (!isFailing && !signal.aborted) onFault((error as Error).message);
      isFailing = true;
      return false;
    }
  };
}
