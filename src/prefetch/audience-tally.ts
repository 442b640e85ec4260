import { type Person, parsePerson } from '../domain/person.ts';
import type { AudienceRow, RowFault } from './audience-row.ts';
import { SeenPeople } from './audience-seen.ts';

/** Rows that are nobody's to look up: how many, and the lines of the first of them (at most five). */
export type Oddities = { readonly count: number; readonly firstLines: readonly number[] };

/** A row's own faults, and ids of which the domain says that nobody can have them. */
export type ImpossibleReason = RowFault | 'unresolved_merge_tag' | 'invalid_user';

export type ImpossibleRows = Oddities & {
  readonly reasons: Readonly<Partial<Record<ImpossibleReason, number>>>;
};

const MAX_LINES_TOLD = 5;

class OddityCounter {
  #count = 0;
  readonly #firstLines: number[] = [];

  add(line: number): void {
    this.#count += 1;
    if (this.#firstLines.length < MAX_LINES_TOLD) this.#firstLines.push(line);
  }

  summary(): Oddities {
    return { count: this.#count, firstLines: this.#firstLines };
  }
}

/** Tells people from rows that are nobody's, and counts both. */
export class AudienceTally {
  rows = 0;
  users = 0;
  readonly #seen = new SeenPeople();
  readonly #duplicates = new OddityCounter();
  readonly #blank = new OddityCounter();
  readonly #impossible = new OddityCounter();
  readonly #reasons: Partial<Record<ImpossibleReason, number>> = {};

  /** The row's person, if there is one who was not there before. */
  take(row: AudienceRow): Person | null {
    this.rows += 1;
    if ('fault' in row) return this.#refuse(row.fault, row.line);
    const person = parsePerson(row.userId, row.deviceId);
    if (typeof person !== 'string') return this.#admit(person, row.line);
    if (person !== 'no_user') return this.#refuse(person, row.line);
    this.#blank.add(row.line);
    return null;
  }

  oddities(): {
    readonly duplicates: Oddities;
    readonly blank: Oddities;
    readonly impossible: ImpossibleRows;
  } {
    return {
      duplicates: this.#duplicates.summary(),
      blank: this.#blank.summary(),
      impossible: { ...this.#impossible.summary(), reasons: this.#reasons },
    };
  }

  #admit(person: Person, line: number): Person | null {
    if (this.#seen.add(person)) {
      this.users += 1;
      return person;
    }
    this.#duplicates.add(line);
    return null;
  }

  #refuse(reason: ImpossibleReason, line: number): null {
    this.#impossible.add(line);
    this.#reasons[reason] = (this.#reasons[reason] ?? 0) + 1;
    return null;
  }
}
