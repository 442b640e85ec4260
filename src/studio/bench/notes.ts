import { asPasted } from './attributes.ts';
import type { BenchProblem } from './message.ts';

/** More than anybody reads; the rest is counted. */
const MOST = 100;
const LONGEST = 600;

/** Gathers what there is to tell of a message. The same is told once a line. */
export class Notes {
  readonly #problems = new Map<string, BenchProblem>();
  #hasFault = false;

  /** Whether something was found that keeps Braze from evaluating the message. */
  get hasFault(): boolean {
    return this.#hasFault;
  }

  /** Braze cannot evaluate this. */
  fault(line: number | null, message: string): void {
    this.#hasFault = true;
    this.problem(line, message);
  }

  /** Not what the marketer wants, but Braze goes on. */
  problem(line: number | null, message: string): void {
    this.#add({ line, severity: 'problem', message });
  }

  warning(line: number | null, message: string): void {
    this.#add({ line, severity: 'warning', message });
  }

  /** By line, those of no line last; of a line, problems first. */
  sorted(): BenchProblem[] {
    const sorted = [...this.#problems.values()].sort(
      (one, other) =>
        (one.line ?? Number.POSITIVE_INFINITY) - (other.line ?? Number.POSITIVE_INFINITY) ||
        one.severity.localeCompare(other.severity),
    );
    if (sorted.length <= MOST) return sorted;
    const rest = sorted.length - MOST;
    return [
      ...sorted.slice(0, MOST),
      { line: null, severity: 'warning', message: `There is more of this: ${rest} more problems.` },
    ];
  }

  #add({ line, severity, message: whole }: BenchProblem): void {
    const message = asPasted(whole.length > LONGEST ? `${whole.slice(0, LONGEST)}…` : whole);
    this.#problems.set(`${line} ${message}`, { line, severity, message });
  }
}
