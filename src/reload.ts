import { setTimeout as sleep } from 'node:timers/promises';

/** Between two looks; longer where a look takes more than this part of it, as in a folder that is large or slow. */
const LOOK_EVERY_MS = 500;
const LOOK_PART = 0.02;
/** Of so many looks the quickest tells what one costs; a busy process only makes them wait. */
const LOOKS_COMPARED = 5;

/**
 * How long a change must stay as it is before it is read. Twice as long each time that it did not: whoever has written
 * for a while, such as an upload, may pause for a while too. In the end it is read without that, for it may go on for ever.
 */
const SETTLE_MS = 100;
const MAX_SETTLE_MS = 6_400;

/** All that there was, of which nothing has taken effect yet. Either `use` or `drop` is called. */
export type Reading = {
  /** What `look` gives as long as all is as it was read. */
  readonly print: string;
  readonly use: () => void;
  readonly drop: () => void;
};

export type ReloadOptions = {
  /** Tells apart what is there now from what was. Must not reject. */
  readonly look: () => Promise<string>;
  /** Must not reject. */
  readonly read: () => Promise<Reading>;
  /** Called while changes go on for so long, and come so fast, that nothing whole can be read between them. */
  readonly onRestless: () => void;
  readonly onUnexpected: (error: unknown) => void;
};

export type Reload = {
  /** Looks now, and resolves when what it saw is in use. */
  readonly look: () => Promise<void>;
  /** Resolves when nothing is under way any more. Safe to call twice. */
  readonly stop: () => Promise<void>;
};

/**
 * Reads what changed, whole: what changes again while it is read is not used but read once more, so that nothing is
 * served that is half old and half new. `print` is that of what is in use already.
 */
export function startReload(print: string, options: ReloadOptions): Reload {
  const { read, onRestless, onUnexpected } = options;
  const stopping = new AbortController();
  const { signal } = stopping;
  const pause = (ms: number): Promise<void> => sleep(ms, undefined, { signal, ref: false }).catch(() => {});
  /** What was used last, or null if that must be used again. */
  let used: string | null = print;
  let lookTimesMs = [0];

  const look = async (): Promise<string> => {
    const startedAt = performance.now();
    const seen = await options.look();
    lookTimesMs = [...lookTimesMs.slice(1 - LOOKS_COMPARED), performance.now() - startedAt];
    return seen;
  };

  const catchUp = async (): Promise<void> => {
    if (signal.aborted) return;
    let seen = await look();
    for (let settleMs = SETTLE_MS; seen !== used; settleMs = Math.min(settleMs * 2, MAX_SETTLE_MS)) {
      await pause(settleMs);
      if (signal.aborted) return;
      const before = seen;
      seen = await look();
      const isPatient = settleMs < MAX_SETTLE_MS;
      if (seen === before || !isPatient) seen = await readOnce(isPatient);
    }
  };

  /** Gives what is there afterwards. */
  const readOnce = async (isPatient: boolean): Promise<string> => {
    const reading = await read();
    const seen = await look();
    if (seen === reading.print && !signal.aborted) {
      used = seen;
      reading.use();
      return seen;
    }
    reading.drop();
    if (!isPatient && !signal.aborted) {
      // What was in use before may be back, and has to be told that all is well again.
      used = null;
      onRestless();
    }
    return seen;
  };

  let looks = Promise.resolve();
  /** One after the other: a look that has begun may have missed what is there now. */
  const lookNow = (): Promise<void> => {
    looks = looks.then(catchUp).catch(onUnexpected);
    return looks;
  };

  const keepLooking = async (): Promise<void> => {
    while (!signal.aborted) {
      await pause(Math.max(LOOK_EVERY_MS, Math.min(...lookTimesMs) / LOOK_PART));
      await lookNow();
    }
  };

  const looking = keepLooking();
  return {
    look: lookNow,
    stop: async () => {
      stopping.abort();
      await Promise.all([looking, looks]);
    },
  };
}
