import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Logger } from 'pino';
import { createLeases } from './leases.ts';
import { type PeekOutbox, prepareOutboxReader } from './sqlite-outbox.ts';
import { openWriter, type Writer } from './sqlite-writer.ts';
import type { Store } from './store.ts';

const DEFAULT_MAX_BYTES = 2 * 1_073_741_824;
const SWEEP_EVERY_MS = 1_000;

export type SqliteStoreOptions = {
  /** The file; it and its folder are made. Beside it lie `-wal`, `-shm` and `.lock`. */
  readonly path: string;
  readonly log: Logger;
  /**
   * Milliseconds since the machine started, without steps and the same in every process, so that what was reserved
   * before a restart is held as long as it should: `process.hrtime`, not `performance.now`.
   */
  readonly now: () => number;
  /** Milliseconds since 1970. Entries and the queue expire by it, because they outlive the machine. */
  readonly wallNow: () => number;
  /** How large the file may get; what expires soonest goes first then. Its log adds some 64 MiB. Default 2 GiB. */
  readonly maxBytes?: number;
  /** Tells one start of the machine from another; null if nobody knows. Default: what Linux says. */
  readonly bootId?: string | null;
  /** How often what has expired is removed. Milliseconds, default 1,000. */
  readonly sweepEveryMs?: number;
};

/**
 * A store in one file, for one process. All that changes it happens in a thread of its own; reads take microseconds
 * here. What a call has resolved for survives the end of the process, however sudden. A power cut may cost the last
 * moments. Rejects with a `StoreInUseError` or a `StoreFileError`.
 */
export async function createSqliteStore(options: SqliteStoreOptions): Promise<Store> {
  const { log, now, wallNow, maxBytes = DEFAULT_MAX_BYTES, bootId = readBootId() } = options;
  const path = resolve(options.path);
  const times = () => ({ nowMs: now(), wallNowMs: wallNow() });
  const writer = await openWriter({ path, maxBytes, bootId, log, times });
  const reader = await openReader(path, writer);
  const stopSweeping = sweepRegularly(writer, log, options.sweepEveryMs ?? SWEEP_EVERY_MS);
  // Whole milliseconds, and rather one too many.
  const expiry = (keepMs: number): number => Math.ceil(wallNow() + keepMs);

  return {
    kind: 'sqlite',
    isShared: false,
    entries: {
      read: (key) => {
        writer.check();
        return reader.read(key, wallNow());
      },
      write: (key, value, keepMs) => writer.send({ kind: 'write', key, value, expiresAt: expiry(keepMs) }),
      claim: async (key, value, keepMs) =>
        (await writer.send({ kind: 'claim', key, value, expiresAt: expiry(keepMs) })) ?? value,
      remove: (key) => writer.send({ kind: 'remove', key }),
      removeAll: async (prefix) => {
        while (await writer.send({ kind: 'removeAll', prefix }));
      },
    },
    leases: createLeases(now),
    budget: {
      reserve: (id, limit, holdMs) => writer.send({ kind: 'reserve', id, limit, holdMs }),
      hold: (id, holdMs) => writer.send({ kind: 'hold', id, holdMs }),
      adopt: (reservations) => writer.send({ kind: 'adopt', reservations }),
      inUse: () => writer.send({ kind: 'countReservations' }),
    },
    queue: {
      add: (key, value, keepMs) => writer.send({ kind: 'enqueue', key, value, expiresAt: expiry(keepMs) }),
      take: (most) => writer.send({ kind: 'dequeue', most }),
      remove: (key) => writer.send({ kind: 'unqueue', key }),
      size: () => writer.send({ kind: 'countQueued' }),
    },
    outbox: {
      append: (box, row, keepMs) => writer.send({ kind: 'append', box, row, expiresAt: expiry(keepMs) }),
      peek: async (box, characters, after) => {
        writer.check();
        return reader.peekOutbox(box, characters, after, wallNow());
      },
      replace: (box, from, row) => writer.send({ kind: 'replace', box, row, from }),
      remove: (box, ids) => writer.send({ kind: 'removeRows', box, ids }),
      count: (box) => writer.send({ kind: 'countBox', box }),
    },
    close: async () => {
      stopSweeping();
      reader.close();
      await writer.close();
    },
  };
}

type Reader = {
  readonly read: (key: string, wallNowMs: number) => string | null;
  readonly peekOutbox: PeekOutbox;
  readonly close: () => void;
};

async function openReader(path: string, writer: Writer): Promise<Reader> {
  try {
    // It never waits for a lock: a moment without the store is better than an event loop that stands still.
    const db = new DatabaseSync(path, { readOnly: true, timeout: 0 });
    const select = db.prepare('SELECT value FROM entries WHERE key = ? AND expires_at > ?');
    return {
      read: (key, wallNowMs) => (select.get(key, wallNowMs)?.value as string | undefined) ?? null,
      peekOutbox: prepareOutboxReader(db),
      close: () => db[Symbol.dispose](),
    };
  } catch (error) {
    await writer.close();
    throw error;
  }
}

/** Returns what stops it. */
function sweepRegularly(writer: Writer, log: Logger, everyMs: number): () => void {
  let isSweeping = false;
  let isFailing = false;
  let isStopped = false;

  const sweep = async (): Promise<void> => {
    if (isSweeping) return;
    isSweeping = true;
    try {
      while (!isStopped && (await writer.send({ kind: 'sweep' })));
      isFailing = false;
    } catch (error) {
      // One line for a row of failures: as long as they last, each write that fails is counted anyway.
      if (!isFailing && !isStopped) log.warn({ reason: (error as Error).message }, 'store not swept');
      isFailing = true;
    } finally {
      isSweeping = false;
    }
  };

  const timer = setInterval(() => void sweep(), everyMs).unref();
  return () => {
    isStopped = true;
    clearInterval(timer);
  };
}

/** Null where the system does not say: then every start counts as another one, which only holds more back. */
function readBootId(): string | null {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim() || null;
  } catch {
    return null;
  }
}
