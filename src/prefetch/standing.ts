import type { Person } from '../domain/person.ts';
import type { AheadResult, BlockReason } from '../domain/prefetch.ts';
import type { Chunks } from './chunks.ts';
import { Cursor } from './cursor.ts';
import { endPass, hasGivenUp, type Pass } from './passes.ts';
import { CHUNK, chunkCountOf, chunkOf, type Job, type Progress } from './records.ts';
import { Retries } from './retries.ts';
import { Tally } from './tally.ts';

/** How far one prefetch is, as the replica knows it that runs it. */
export class Standing {
  readonly #job: Job;
  readonly #startedAtMs: number;
  readonly #wallNow: () => number;
  readonly #cursor: Cursor;
  readonly #retries: Retries;
  readonly #tally: Tally;
  #pass: Pass;
  #outageSinceMs: number | null;
  #waitReason: Progress['waitReason'] = null;

  private constructor(job: Job, before: Progress, retries: Retries, wallNow: () => number) {
    this.#job = job;
    this.#startedAtMs = before.startedAtMs;
    this.#wallNow = wallNow;
    this.#cursor = new Cursor(before.cursor);
    this.#retries = retries;
    this.#tally = new Tally(before, wallNow);
    this.#pass = before.pass;
    this.#outageSinceMs = before.outageSinceMs;
  }

  /** Where the store says that it stopped; null for the beginning. Rejects where the store fails. */
  static async open(
    job: Job,
    before: Progress | null,
    chunks: Chunks,
    wallNow: () => number,
  ): Promise<Standing> {
    const progress = before ?? beginning(job, wallNow());
    return new Standing(job, progress, await Retries.open(chunks, progress.retry), wallNow);
  }

  /** The chunks that are still to be gone through this time. */
  get chunksLeft(): { readonly from: number; readonly to: number } {
    return { from: chunkOf(this.#cursor.low), to: this.#pass.endChunk };
  }

  /** No chunk has this number, or a higher one. */
  get chunkCount(): number {
    return chunkCountOf(this.#job, { retry: this.#retries.snapshot() });
  }

  isDone(place: number): boolean {
    return this.#cursor.isDone(place);
  }

  addCalls(calls: number): void {
    this.#tally.addCalls(calls);
  }

  /** `calls`: how many were made for this person in all. */
  markFound(place: number, results: ReadonlyMap<string, AheadResult>, calls: number): void {
    this.#tally.addFound(results, calls === 0);
    this.#cursor.markDone(place);
    if (calls === 0) return;
    this.#outageSinceMs = null;
    this.#pass = { ...this.#pass, hasAnswers: true };
  }

  /** Their place is done; they are tried again behind the list. */
  markFailed(place: number, person: Person): void {
    this.#outageSinceMs ??= this.#wallNow();
    this.#retries.add(person);
    this.#cursor.markDone(place);
  }

  /** Nobody is there any more. */
  markForgotten(place: number): void {
    this.#tally.addForgotten();
    this.#cursor.markDone(place);
  }

  forget(person: Person): void {
    this.#retries.forget(person);
  }

  noteWaiting(reason: Progress['waitReason']): void {
    this.#waitReason = reason;
  }

  /** What comes after this time through the list, and how many have failed for good then. */
  concludePass(): { readonly next: 'done' | 'later'; readonly failed: number } {
    const nowMs = this.#wallNow();
    const waiting = this.#retries.countFrom(this.#pass.endChunk);
    this.#cursor.skipTo(this.#pass.endChunk * CHUNK);
    if (waiting === 0) return this.#concludeList();
    const next = endPass(this.#pass, this.#retries.seal(), nowMs);
    const sendAtMs = this.#job.sendAt?.ms ?? 0;
    if (hasGivenUp(next, { waiting, outageSinceMs: this.#outageSinceMs, sendAtMs, nowMs })) {
      this.#cursor.skipTo(next.endChunk * CHUNK);
      return this.#concludeList();
    }
    this.#pass = next;
    this.#waitReason = 'retrying';
    return { next: 'later', failed: 0 };
  }

  /** Resolves when the store has all those who failed before this. */
  writeRetries(): Promise<void> {
    return this.#retries.write();
  }

  snapshot(hasStopped: boolean, blocked: Progress['blocked']): Progress {
    const nowMs = this.#wallNow();
    const tally = this.#tally.snapshot();
    const isIdle = tally.recent.people === 0 && nowMs - tally.recent.sinceMs > 60_000;
    return {
      v: 1,
      startedAtMs: this.#startedAtMs,
      updatedAtMs: nowMs,
      hasStopped,
      blocked,
      cursor: this.#cursor.snapshot(),
      pass: this.#pass,
      retry: this.#retries.snapshot(),
      outageSinceMs: this.#outageSinceMs,
      // That the budget frees bit by bit is no news.
      waitReason: this.#waitReason === 'throttled' && !isIdle ? null : this.#waitReason,
      ...tally,
    };
  }

  /** Whoever is not done by now never will be: Amplitude fails, or the store has lost them. */
  #concludeList(): { readonly next: 'done'; readonly failed: number } {
    const failed = Math.max(0, this.#job.audience.users - this.#tally.done);
    this.#tally.addFailed(this.#job.placements, failed);
    return { next: 'done', failed };
  }
}

/** The last wish that was known tells whether somebody has had it go on since. */
export function blockedFor(reason: BlockReason | null, wishNumber: number): Progress['blocked'] {
  return reason && { reason, wishNumber };
}

function beginning({ chunks }: Job, nowMs: number): Progress {
  return {
    v: 1,
    startedAtMs: nowMs,
    updatedAtMs: nowMs,
    hasStopped: false,
    blocked: null,
    cursor: { low: 0, ahead: [] },
    pass: { number: 0, waits: 0, endChunk: chunks, hasAnswers: false, beginsAtMs: nowMs },
    retry: { chunk: chunks, length: 0 },
    outageSinceMs: null,
    waitReason: null,
    ...{ done: 0, known: 0, failed: 0, forgotten: 0, calls: 0, counts: {} },
    recent: { sinceMs: nowMs, people: 0, calls: 0 },
  };
}
