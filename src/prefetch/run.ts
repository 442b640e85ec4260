import { setTimeout as sleep } from 'node:timers/promises';
import type { Person } from '../domain/person.ts';
import type { Ahead, AheadResult, BlockReason, WaitReason } from '../domain/prefetch.ts';
import { type Chunks, openChunks } from './chunks.ts';
import { Cursor } from './cursor.ts';
import { Gate } from './gate.ts';
import { endPass, hasGivenUp, type Pass } from './passes.ts';
import { CHUNK, type Job, type PeopleChunk, type Progress } from './records.ts';
import { Retries } from './retries.ts';
import { Slots } from './slots.ts';
import { keysOf, type PrefetchStore, persist, RECORDS_KEPT_MS } from './store.ts';
import { Tally } from './tally.ts';

/** For whom somebody is looked up. */
export type AheadTarget = Pick<Job, 'id' | 'placements' | 'campaign'> & {
  /** What is known of them must be fresh then. Wall clock, milliseconds. */
  readonly neededAtMs: number;
};

/** Looks somebody up for all placements, without a call where they are known. Never rejects for what happens upstream. */
export type LookAhead = (target: AheadTarget, person: Person) => Promise<Ahead>;

/** Why a run ends. `lost`: another replica has taken it over. */
export type RunEnd = 'done' | 'later' | 'asked' | 'blocked' | 'lost';

export type RunParts = {
  readonly store: PrefetchStore;
  readonly lookAhead: LookAhead;
  /** Wall clock, milliseconds. */
  readonly wallNow: () => number;
  /** How long people's chunks are kept, if nothing becomes of them. Milliseconds. */
  readonly keepMs: () => number;
  /** Goes on to have the right to run it. False if another has it by now. */
  readonly renew: () => Promise<boolean>;
  /** The last wish that was known when it began. */
  readonly wishNumber: number;
  /** Asked after each save: whether somebody wants it to stop, or others come first. */
  readonly shouldStop: () => Promise<boolean>;
  readonly onResult: (result: AheadResult | 'failed') => void;
  readonly onUnexpected: (error: unknown) => void;
};

/** As many as there is room for at Amplitude, and some who are known. */
const AT_ONCE = 64;

const SAVE_EVERY_MS = 1_000;
/** Whoever could not save for so long goes no further: another may take over soon, and would repeat it. */
const UNSAVED_MS = 3_000;

/** How long after a refusal somebody is tried again. The budget frees one call at a time. */
const WAIT_MS: Readonly<Record<WaitReason, number>> = {
  throttled: 25,
  store_unavailable: 250,
  circuit_open: 500,
  upstream_rejected: 15_000,
};

type Asked = Ahead | { readonly kind: 'forgotten'; readonly calls: 0 };

/** One prefetch as it is run by one replica, from where the last one stopped. */
export class Run {
  readonly #job: Job;
  readonly #parts: RunParts;
  readonly #target: AheadTarget;
  readonly #chunks: Chunks;
  readonly #startedAtMs: number;
  readonly #cursor: Cursor;
  readonly #retries: Retries;
  readonly #tally: Tally;
  readonly #slots = new Slots(AT_ONCE);
  readonly #gate = new Gate<Asked>((asked) => this.#pauseMs(asked));
  readonly #forgotten = new Set<string>();
  #pass: Pass;
  #outageSinceMs: number | null;
  #blocked: BlockReason | null = null;
  #waitReason: Progress['waitReason'] = null;
  #removedTo: number;
  #savedAt = performance.now();
  #end: RunEnd | null = null;

  private constructor(job: Job, before: Progress, retries: Retries, chunks: Chunks, parts: RunParts) {
    const { id, placements, campaign, sendAt } = job;
    this.#job = job;
    this.#parts = parts;
    this.#target = { id, placements, campaign, neededAtMs: sendAt?.ms ?? 0 };
    this.#chunks = chunks;
    this.#startedAtMs = before.startedAtMs;
    this.#cursor = new Cursor(before.cursor);
    this.#removedTo = Math.floor(before.cursor.low / CHUNK);
    this.#retries = retries;
    this.#tally = new Tally(before, parts.wallNow);
    this.#pass = before.pass;
    this.#outageSinceMs = before.outageSinceMs;
  }

  /** Rejects where the store fails. */
  static async open(job: Job, before: Progress | null, parts: RunParts): Promise<Run> {
    const progress = before ?? firstProgress(job, parts.wallNow());
    const chunks = openChunks(parts.store, job.id, parts.keepMs);
    return new Run(job, progress, await Retries.open(chunks, progress.retry), chunks, parts);
  }

  /** Resolves when it has ended, and has been saved unless it was lost. */
  async run(): Promise<RunEnd> {
    const over = new AbortController();
    const saving = this.#saveRegularly(over.signal);
    try {
      while (this.#end === null) {
        await this.#lookThrough();
        await this.#slots.empty();
        if (this.#end === null) this.#concludePass();
      }
    } finally {
      over.abort();
      await saving;
    }
    return this.#end === 'lost' ? 'lost' : await this.#conclude(this.#end);
  }

  /** Takes nobody any more; whoever is under way is finished. */
  stop(end: RunEnd): void {
    this.#end ??= end;
    this.#gate.close();
  }

  forget(person: Person): void {
    this.#forgotten.add(keyOf(person));
    this.#retries.forget(person);
  }

  /** No chunk has this number, or a higher one. */
  get chunks(): number {
    return Math.max(this.#job.chunks, this.#retries.snapshot().chunk + 2);
  }

  get blocked(): BlockReason | null {
    return this.#blocked;
  }

  /** What is not in the store is not done: the next run begins where that says. */
  async #conclude(end: RunEnd): Promise<RunEnd> {
    try {
      await persist(() => this.#save());
      return end;
    } catch {
      return end === 'done' ? 'later' : end;
    }
  }

  async #lookThrough(): Promise<void> {
    for await (const { place, person } of this.#people()) {
      await this.#slots.take();
      if (this.#end !== null) return this.#slots.leave();
      void this.#serve(place, person)
        .catch(this.#parts.onUnexpected)
        .finally(() => this.#slots.leave());
    }
  }

  /** Those of this pass who are not done, in their order. */
  async *#people(): AsyncGenerator<{ place: number; person: Person }> {
    const { endChunk } = this.#pass;
    const first = Math.floor(this.#cursor.low / CHUNK);
    let next = this.#load(first);
    for (let chunk = first; chunk < endChunk; chunk += 1) {
      const people = await next;
      if (this.#end !== null) return;
      if (chunk + 1 < endChunk) next = this.#load(chunk + 1);
      for (const [index, person] of people.entries()) {
        const place = chunk * CHUNK + index;
        if (this.#cursor.isDone(place)) continue;
        if (person) yield { place, person };
        else this.#passOver(place);
      }
    }
  }

  /** Nobody where it was stopped meanwhile. */
  async #load(chunk: number): Promise<PeopleChunk> {
    while (this.#end === null) {
      try {
        const people = await this.#chunks.read(chunk);
        if (people === null)
          this.#parts.onUnexpected(new Error('people of a prefetch are missing in the store'));
        return people ?? [];
      } catch {
        // The guard around the store has counted the failure.
        await sleep(WAIT_MS.store_unavailable, undefined, { ref: false });
      }
    }
    return [];
  }

  async #serve(place: number, person: Person): Promise<void> {
    let calls = 0;
    const outcome = await this.#gate.pass(async () => {
      const asked = await this.#ask(person);
      calls += asked.calls;
      this.#tally.addCalls(asked.calls);
      return asked;
    });
    switch (outcome?.kind) {
      case 'found':
        this.#tally.addFound(outcome.results, calls === 0);
        for (const result of outcome.results.values()) this.#parts.onResult(result);
        if (calls > 0) this.#noteAnswer();
        return this.#cursor.markDone(place);
      case 'failed':
        this.#outageSinceMs ??= this.#parts.wallNow();
        this.#retries.add(person);
        return this.#cursor.markDone(place);
      case 'forgotten':
        return this.#passOver(place);
      case 'blocked':
        this.#blocked = outcome.reason;
        return this.stop('blocked');
    }
  }

  async #ask(person: Person): Promise<Asked> {
    if (this.#forgotten.has(keyOf(person))) return { kind: 'forgotten', calls: 0 };
    const isBehind = performance.now() - this.#savedAt > UNSAVED_MS;
    if (isBehind) return { kind: 'wait', reason: 'store_unavailable', calls: 0 };
    try {
      return await this.#parts.lookAhead(this.#target, person);
    } catch (error) {
      this.#parts.onUnexpected(error);
      return { kind: 'failed', reason: 'invalid_response', calls: 1 };
    }
  }

  #pauseMs(asked: Asked): number | null {
    this.#waitReason = asked.kind === 'wait' ? asked.reason : null;
    return asked.kind === 'wait' ? WAIT_MS[asked.reason] : null;
  }

  #noteAnswer(): void {
    this.#outageSinceMs = null;
    this.#pass = { ...this.#pass, hasAnswers: true };
  }

  #passOver(place: number): void {
    this.#tally.addForgotten();
    this.#cursor.markDone(place);
  }

  #concludePass(): void {
    const nowMs = this.#parts.wallNow();
    const waiting = this.#retries.countFrom(this.#pass.endChunk);
    this.#cursor.skipTo(this.#pass.endChunk * CHUNK);
    if (waiting === 0) {
      this.#concludeList();
      return;
    }
    const next = endPass(this.#pass, this.#retries.seal(), nowMs);
    if (hasGivenUp(next, this.#outageSinceMs, this.#job.sendAt?.ms ?? 0, nowMs)) {
      this.#cursor.skipTo(next.endChunk * CHUNK);
      this.#concludeList();
    } else {
      this.#pass = next;
      this.#waitReason = 'retrying';
      this.stop('later');
    }
  }

  /** Whoever is not done by now never will be: Amplitude fails, or the store has lost them. */
  #concludeList(): void {
    const failed = this.#job.audience.users - this.#tally.done;
    this.#tally.addFailed(this.#job.placements, failed);
    for (let one = 0; one < failed; one += 1) this.#parts.onResult('failed');
    this.stop('done');
  }

  async #saveRegularly(over: AbortSignal): Promise<void> {
    while (!over.aborted) {
      // Where the store fails, the next time may do.
      await this.#saveAndListen().catch(() => {});
      await sleep(SAVE_EVERY_MS, undefined, { signal: over, ref: false }).catch(() => {});
    }
  }

  async #saveAndListen(): Promise<void> {
    if (!(await this.#parts.renew())) return this.stop('lost');
    await this.#save();
    if (await this.#parts.shouldStop()) this.stop('asked');
  }

  async #save(): Promise<void> {
    // Everything of one moment. Who failed has to be in the store before their place counts as done.
    const progress = this.#snapshot();
    const startedAt = performance.now();
    await this.#retries.write();
    const { entries } = this.#parts.store;
    const keepMs = this.#parts.keepMs() + RECORDS_KEPT_MS;
    await entries.write(keysOf(this.#job.id).progress, JSON.stringify(progress), keepMs);
    this.#savedAt = startedAt;
    const doneTo = Math.floor(progress.cursor.low / CHUNK);
    for (; this.#removedTo < doneTo; this.#removedTo += 1) await this.#chunks.remove(this.#removedTo);
  }

  #snapshot(): Progress {
    const nowMs = this.#parts.wallNow();
    const tally = this.#tally.snapshot();
    const isIdle = tally.recent.people === 0 && nowMs - tally.recent.sinceMs > 60_000;
    // That the budget frees bit by bit is no news.
    const waitReason = this.#waitReason === 'throttled' && !isIdle ? null : this.#waitReason;
    return {
      v: 1,
      startedAtMs: this.#startedAtMs,
      updatedAtMs: nowMs,
      hasStopped: this.#end !== null,
      cursor: this.#cursor.snapshot(),
      pass: this.#pass,
      retry: this.#retries.snapshot(),
      outageSinceMs: this.#outageSinceMs,
      blocked: this.#blocked && { reason: this.#blocked, wishNumber: this.#parts.wishNumber },
      waitReason,
      ...tally,
    };
  }
}

function firstProgress({ chunks }: Job, nowMs: number): Progress {
  return {
    v: 1,
    startedAtMs: nowMs,
    updatedAtMs: nowMs,
    hasStopped: false,
    cursor: { low: 0, ahead: [] },
    pass: { number: 0, waits: 0, endChunk: chunks, hasAnswers: false, beginsAtMs: nowMs },
    retry: { chunk: chunks, length: 0 },
    outageSinceMs: null,
    blocked: null,
    waitReason: null,
    ...{ done: 0, known: 0, failed: 0, forgotten: 0, calls: 0, counts: {} },
    recent: { sinceMs: nowMs, people: 0, calls: 0 },
  };
}

function keyOf({ kind, id }: Person): string {
  return `${kind}\n${id}`;
}
