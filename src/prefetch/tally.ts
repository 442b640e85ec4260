import { type AheadCounts, type AheadResult, NO_COUNTS } from '../domain/prefetch.ts';
import { Meter } from './meter.ts';
import type { Progress } from './records.ts';

type Tallied = Pick<Progress, 'done' | 'known' | 'failed' | 'forgotten' | 'calls' | 'counts' | 'recent'>;

/** What has become of the people of one prefetch. */
export class Tally {
  readonly #wallNow: () => number;
  readonly #peopleMeter: Meter;
  readonly #callsMeter: Meter;
  readonly #counts: Map<string, AheadCounts>;
  #done: number;
  #known: number;
  #failed: number;
  #forgotten: number;
  #calls: number;

  constructor(before: Tallied, wallNow: () => number) {
    this.#wallNow = wallNow;
    this.#peopleMeter = new Meter(wallNow());
    this.#callsMeter = new Meter(wallNow());
    this.#counts = new Map(Object.entries(before.counts));
    this.#done = before.done;
    this.#known = before.known;
    this.#failed = before.failed;
    this.#forgotten = before.forgotten;
    this.#calls = before.calls;
  }

  /** People of whom nothing is to be done any more. */
  get done(): number {
    return this.#done;
  }

  addCalls(calls: number): void {
    if (calls === 0) return;
    this.#calls += calls;
    this.#callsMeter.add(calls, this.#wallNow());
  }

  addFound(results: ReadonlyMap<string, AheadResult>, wasKnown: boolean): void {
    for (const [placement, result] of results) this.#count(placement, result, 1);
    this.#addDone(1);
    if (wasKnown) this.#known += 1;
  }

  addFailed(placements: readonly string[], people: number): void {
    if (people === 0) return;
    for (const placement of placements) this.#count(placement, 'failed', people);
    this.#addDone(people);
    this.#failed += people;
  }

  addForgotten(): void {
    this.#addDone(1);
    this.#forgotten += 1;
  }

  snapshot(): Tallied {
    const nowMs = this.#wallNow();
    return {
      done: this.#done,
      known: this.#known,
      failed: this.#failed,
      forgotten: this.#forgotten,
      calls: this.#calls,
      counts: Object.fromEntries(this.#counts),
      recent: {
        sinceMs: this.#peopleMeter.sinceMs,
        people: this.#peopleMeter.inLastMinute(nowMs),
        calls: this.#callsMeter.inLastMinute(nowMs),
      },
    };
  }

  #addDone(people: number): void {
    this.#done += people;
    this.#peopleMeter.add(people, this.#wallNow());
  }

  #count(placement: string, result: keyof AheadCounts, people: number): void {
    const counts = this.#counts.get(placement) ?? NO_COUNTS;
    this.#counts.set(placement, { ...counts, [result]: counts[result] + people });
  }
}
