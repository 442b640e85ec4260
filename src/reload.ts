import { setTimeout as sleep } from 'node:timers/promises';

/** How often is looked for changes, and how long a change must stay as it is before it is read. Milliseconds. */
const LOOK_EVERY_MS = 500;
const SETTLE_MS = 100;

export type ReloadOptions = {
  /** Tells apart what was read from what is there now. */
  readonly look: () => Promise<string>;
  /** Reads all anew, without anything taking effect. Must not reject. */
  readonly read: () => Promise<{ readonly apply: () => Promise<void> }>;
  readonly onUnexpected: (error: unknown) => void;
  readonly everyMs?: number;
};

export type Reload = {
  /** Looks now, and reads where something changed. */
  readonly look: () => Promise<void>;
  /** Resolves when nothing is under way any more. Safe to call twice. */
  readonly stop: () => Promise<void>;
};

/**
 * Reads what changed, whole: what changes again while it is read is not applied but read once more, so that nothing is
 * served that is half old and half new.
 */
export function startReload(seen: string, options: ReloadOptions): Reload {
  const { look, read, onUnexpected, everyMs = LOOK_EVERY_MS } = options;
  let applied = seen;
  let isStopped = false;
  let looking: Promise<void> | null = null;
  let timer: NodeJS.Timeout | undefined;

  const lookOnce = async (): Promise<void> => {
    let now = await look();
    while (now !== applied && !isStopped) {
      await sleep(SETTLE_MS, undefined, { ref: false });
      const settled = await look();
      if (settled !== now) {
        now = settled;
        continue;
      }
      const result = await read();
      const after = await look();
      if (after === now) {
        await result.apply();
        applied = now;
      }
      now = after;
    }
  };

  const lookNow = (): Promise<void> => {
    looking ??= lookOnce()
      .catch(onUnexpected)
      .finally(() => {
        looking = null;
      });
    return looking;
  };

  const schedule = (): void => {
    timer = setTimeout(() => void lookNow().then(schedule), everyMs).unref();
    if (isStopped) clearTimeout(timer);
  };
  schedule();

  return {
    look: lookNow,
    stop: async () => {
      isStopped = true;
      clearTimeout(timer);
      await looking;
    },
  };
}
