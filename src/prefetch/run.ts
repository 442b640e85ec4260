import type { Person } from '../domain/person.ts';
import type { Ahead, AheadResult, BlockReason, WaitReason } from '../domain/prefetch.ts';
import { type Chunks, openChunks } from './chunks.ts';
import { Gate } from './gate.ts';
import type { Job, Progress } from './records.ts';
import { Saving } from './saving.ts';
import { Slots } from './slots.ts';
import { blockedFor, Standing } from './standing.ts';
import { type PrefetchStore, persist } from './store.ts';
import { walk } from './walk.ts';

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

/** As many as there is room for at Amplitude. */
const AT_ONCE = 64;

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
  readonly #parts: RunParts;
  readonly #target: AheadTarget;
  readonly #chunks: Chunks;
  readonly #standing: Standing;
  readonly #saving: Saving;
  readonly #slots = new Slots(AT_ONCE);
  readonly #gate = new Gate<Asked>((asked) => this.#pauseMs(asked));
  readonly #forgotten = new Set<string>();
  #blocked: BlockReason | null = null;
  #end: RunEnd | null = null;

  private constructor(job: Job, chunks: Chunks, standing: Standing, parts: RunParts) {
    const { id, placements, campaign, sendAt } = job;
    const { store, keepMs, wishNumber } = parts;
    this.#parts = parts;
    this.#target = { id, placements, campaign, neededAtMs: sendAt?.ms ?? 0 };
    this.#chunks = chunks;
    this.#standing = standing;
    const snapshot = (): Progress =>
      standing.snapshot(this.#end !== null, blockedFor(this.#blocked, wishNumber));
    this.#saving = new Saving(id, { store, chunks, standing, keepMs, snapshot });
  }

  /** Rejects where the store fails. */
  static async open(job: Job, before: Progress | null, parts: RunParts): Promise<Run> {
    const chunks = openChunks(parts.store, job.id, parts.keepMs);
    return new Run(job, chunks, await Standing.open(job, before, chunks, parts.wallNow), parts);
  }

  /** Resolves when it has ended, and has been saved unless it was lost. */
  async run(): Promise<RunEnd> {
    const over = new AbortController();
    const saving = this.#saving.regularly(() => this.#saveAndListen(), over.signal);
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
    this.#standing.forget(person);
  }

  /** No chunk has this number, or a higher one. */
  get chunkCount(): number {
    return this.#standing.chunkCount;
  }

  get blocked(): BlockReason | null {
    return this.#blocked;
  }

  async #lookThrough(): Promise<void> {
    const people = walk(this.#standing.chunksLeft, {
      chunks: this.#chunks,
      isDone: (place) => this.#standing.isDone(place),
      isOver: () => this.#end !== null,
      onMissing: () => this.#parts.onUnexpected(new Error('people of a prefetch are missing in the store')),
    });
    for await (const { place, person } of people) {
      await this.#slots.take();
      if (this.#end !== null) return this.#slots.leave();
      void this.#serve(place, person)
        .catch(this.#parts.onUnexpected)
        .finally(() => this.#slots.leave());
    }
  }

  async #serve(place: number, person: Person | null): Promise<void> {
    if (person === null) return this.#standing.markForgotten(place);
    let calls = 0;
    const outcome = await this.#gate.pass(async () => {
      const asked = await this.#ask(person);
      calls += asked.calls;
      this.#standing.addCalls(asked.calls);
      return asked;
    });
    switch (outcome?.kind) {
      case 'found':
        for (const result of outcome.results.values()) this.#parts.onResult(result);
        return this.#standing.markFound(place, outcome.results, calls);
      case 'failed':
        return this.#standing.markFailed(place, person);
      case 'forgotten':
        return this.#standing.markForgotten(place);
      case 'blocked':
        this.#blocked = outcome.reason;
        return this.stop('blocked');
    }
  }

  async #ask(person: Person): Promise<Asked> {
    if (this.#forgotten.has(keyOf(person))) return { kind: 'forgotten', calls: 0 };
    if (this.#saving.isBehind) return { kind: 'wait', reason: 'store_unavailable', calls: 0 };
    try {
      return await this.#parts.lookAhead(this.#target, person);
    } catch (error) {
      this.#parts.onUnexpected(error);
      return { kind: 'failed', reason: 'invalid_response', calls: 1 };
    }
  }

  #pauseMs(asked: Asked): number | null {
    const reason = asked.kind === 'wait' ? asked.reason : null;
    this.#standing.noteWaiting(reason);
    return reason && WAIT_MS[reason];
  }

  #concludePass(): void {
    const { next, failed } = this.#standing.concludePass();
    for (let one = 0; one < failed; one += 1) this.#parts.onResult('failed');
    this.stop(next);
  }

  async #saveAndListen(): Promise<void> {
    if (!(await this.#parts.renew())) return this.stop('lost');
    await this.#saving.save();
    if (await this.#parts.shouldStop()) this.stop('asked');
  }

  /** What is not in the store is not done: the next run begins where that says. */
  async #conclude(end: RunEnd): Promise<RunEnd> {
    try {
      await persist(() => this.#saving.save());
      return end;
    } catch {
      return end === 'done' ? 'later' : end;
    }
  }
}

function keyOf({ kind, id }: Person): string {
  return `${kind}\n${id}`;
}
