import { setTimeout as sleep } from 'node:timers/promises';
import type { Person } from './domain/person.ts';

export type ForgetOptions = {
  /** Takes someone out of the store. May reject. */
  readonly removeStored: (person: Person) => Promise<void>;
  /** Forgets what is in this process's memory. */
  readonly forgetHere: (person: Person) => void;
  /** Has other replicas forget what is in their memory, within seconds. May reject. */
  readonly tellOthers: (person: Person) => Promise<void>;
};

export type Forgetting = {
  /** Forgets a person here, in the store and elsewhere. Rejects where the store fails: asked again, it tries again. */
  readonly forget: (person: Person) => Promise<void>;
  /** Resolves when what goes on behind is over. Safe to call twice. */
  readonly stop: () => Promise<void>;
};

/**
 * What is under way may bring someone back once more: a call of 2.5 s and its repetition, made after up to 7 s of waiting
 * for a replica that has ended with the right to make it; and events that are put off after a request of 10 s, which the
 * store may take 2 s for.
 */
const AGAIN_AFTER_MS = 14_000;

/** More than a moment for that would hold up the end of the process. */
const STOP_MS = 5_000;

/** Forgets people everywhere, twice: at once, and when nothing can be under way any more. */
export function startForgetting({ removeStored, forgetHere, tellOthers }: ForgetOptions): Forgetting {
  const stopping = new AbortController();
  const pending = new Set<Promise<void>>();

  const forgetOnce = async (person: Person): Promise<void> => {
    // First of all, because that cannot fail.
    forgetHere(person);
    await removeStored(person);
    // Told earlier, they could find there what they have just forgotten; and so can this process.
    await tellOthers(person);
    forgetHere(person);
  };

  /** Until the store allows it; the guard around the store counts how often it does not. */
  const forgetAgain = async (person: Person): Promise<void> => {
    for (let isDone = false; !isDone; ) {
      await sleep(AGAIN_AFTER_MS, undefined, { signal: stopping.signal, ref: false }).catch(() => {});
      isDone = await forgetOnce(person).then(
        () => true,
        () => stopping.signal.aborted,
      );
    }
  };

  return {
    forget: async (person) => {
      await forgetOnce(person);
      const again = forgetAgain(person).finally(() => pending.delete(again));
      pending.add(again);
    },
    stop: async () => {
      stopping.abort();
      await Promise.race([Promise.all(pending), sleep(STOP_MS, undefined, { ref: false })]);
    },
  };
}
