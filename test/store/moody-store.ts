import type { Clock } from '../../src/domain/clock.ts';
import { createMemoryStore } from '../../src/store/memory.ts';
import type { Store } from '../../src/store/store.ts';

/** A store in memory that a test takes away. */
export type MoodyStore = Store & {
  /** `hangs`: whoever asks gets no answer; an error: everybody gets that one. */
  mood: 'good' | 'hangs' | Error;
  /** What it was asked so far, such as `budget.reserve`. */
  readonly asked: string[];
};

/** Asked for anything, it answers in a later turn of the event loop, as a server would. */
export function createMoodyStore(clock: Clock, isShared = true): MoodyStore {
  const inner = createMemoryStore({ now: clock.monotonic });
  const asked: string[] = [];

  const ask = async (name: string, call: () => unknown): Promise<unknown> => {
    asked.push(name);
    const { mood } = store;
    await null;
    if (mood === 'hangs') return new Promise(() => {});
    if (mood !== 'good') throw mood;
    return call();
  };

  /** The same methods, whichever they are. */
  const moody = <Part extends object>(part: string, methods: Part): Part =>
    Object.fromEntries(
      Object.entries(methods).map(([name, method]) => [
        name,
        (...args: unknown[]) => ask(`${part}.${name}`, () => method(...args)),
      ]),
    ) as Part;

  const store: MoodyStore = {
    kind: isShared ? 'redis' : 'sqlite',
    isShared,
    mood: 'good',
    asked,
    entries: moody('entries', inner.entries),
    leases: moody('leases', inner.leases),
    budget: moody('budget', inner.budget),
    queue: moody('queue', inner.queue),
    outbox: moody('outbox', inner.outbox),
    close: async () => {},
  };
  return store;
}
