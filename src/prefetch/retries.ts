import type { Person } from '../domain/person.ts';
import type { Chunks } from './chunks.ts';
import { CHUNK, type Progress } from './records.ts';

/** A place is null whose person was forgotten. */
type Places = (Person | null)[];

/** Those with whom Amplitude failed, in chunks behind the list that they are from. */
export class Retries {
  readonly #chunks: Chunks;
  #chunk: number;
  #people: Places;
  /** What the store does not have yet. */
  readonly #unwritten = new Map<number, Places>();

  private constructor(chunks: Chunks, chunk: number, people: Places) {
    this.#chunks = chunks;
    this.#chunk = chunk;
    this.#people = people;
  }

  /** Rejects where the store fails. */
  static async open(chunks: Chunks, { chunk, length }: Progress['retry']): Promise<Retries> {
    const stored = (await chunks.read(chunk)) ?? [];
    const retries = new Retries(chunks, chunk, stored.slice(0, length));
    // Whoever is behind that failed just before an end after which their own place counts as not done.
    if (stored.length > length) retries.#unwritten.set(chunk, retries.#people);
    return retries;
  }

  add(person: Person): void {
    this.#people.push(person);
    this.#unwritten.set(this.#chunk, this.#people);
    if (this.#people.length === CHUNK) this.#begin(this.#chunk + 1);
  }

  /** How many there are from this chunk on. */
  countFrom(chunk: number): number {
    return (this.#chunk - chunk) * CHUNK + this.#people.length;
  }

  /** Whoever fails from now on goes into another chunk, the first that is no part of the list so far. */
  seal(): number {
    if (this.#people.length > 0) this.#begin(this.#chunk + 1);
    return this.#chunk;
  }

  forget({ kind, id }: Person): void {
    for (const people of [...this.#unwritten.values(), this.#people]) {
      const place = people.findIndex((person) => person?.kind === kind && person.id === id);
      if (place >= 0) people[place] = null;
    }
  }

  snapshot(): Progress['retry'] {
    return { chunk: this.#chunk, length: this.#people.length };
  }

  /** Resolves when the store has all that was added before this. */
  async write(): Promise<void> {
    for (const [chunk, people] of [...this.#unwritten]) {
      const { length } = people;
      await this.#chunks.write(chunk, people.slice());
      if (people.length === length) this.#unwritten.delete(chunk);
    }
  }

  #begin(chunk: number): void {
    this.#chunk = chunk;
    this.#people = [];
  }
}
