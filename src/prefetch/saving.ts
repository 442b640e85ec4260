import { setTimeout as sleep } from 'node:timers/promises';
import type { Chunks } from './chunks.ts';
import { chunkOf, type Progress } from './records.ts';
import type { Standing } from './standing.ts';
import { keysOf, type PrefetchStore, RECORDS_KEPT_MS } from './store.ts';

const EVERY_MS = 1_000;

/** Whoever could not save for so long goes no further: another may take over soon, and would repeat it. */
const BEHIND_MS = 3_000;

export type SavingParts = {
  readonly store: PrefetchStore;
  readonly chunks: Chunks;
  readonly standing: Standing;
  /** How long people's chunks are kept, if nothing becomes of them. Milliseconds. */
  readonly keepMs: () => number;
  readonly snapshot: () => Progress;
};

/** Keeps the store up to date on how far one prefetch is. */
export class Saving {
  readonly #id: string;
  readonly #parts: SavingParts;
  #savedAt = performance.now();
  #removedTo: number;

  constructor(id: string, parts: SavingParts) {
    this.#id = id;
    this.#parts = parts;
    this.#removedTo = parts.standing.chunksLeft.from;
  }

  get isBehind(): boolean {
    return performance.now() - this.#savedAt > BEHIND_MS;
  }

  /** Does this once a second until it is over. What fails may do the next time. */
  async regularly(work: () => Promise<void>, over: AbortSignal): Promise<void> {
    while (!over.aborted) {
      await work().catch(() => {});
      await sleep(EVERY_MS, undefined, { signal: over, ref: false }).catch(() => {});
    }
  }

  /** Rejects where the store fails. */
  async save(): Promise<void> {
    const { store, chunks, standing, keepMs, snapshot } = this.#parts;
    // Everything of one moment. Who failed has to be in the store before their place counts as done.
    const progress = snapshot();
    const startedAt = performance.now();
    await standing.writeRetries();
    const key = keysOf(this.#id).progress;
    await store.entries.write(key, JSON.stringify(progress), keepMs() + RECORDS_KEPT_MS);
    this.#savedAt = startedAt;
    const doneTo = chunkOf(progress.cursor.low);
    for (; this.#removedTo < doneTo; this.#removedTo += 1) await chunks.remove(this.#removedTo);
  }
}
