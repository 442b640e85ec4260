import { endOfElement } from '../json-elements.ts';
import { FileSourceError } from './file-error.ts';
import { countLineFeeds, type NumberedJson, refuseLongRow } from './file-parser.ts';

/** Cuts a JSON array into its elements while its text comes in, so that the whole is never in memory. */
export class ArraySplitter {
  #place: 'before' | 'first' | 'within' | 'after' = 'before';
  /** What is there of the text, and how far it is read. */
  #text = '';
  #at = 0;
  #line = 1;

  /** The elements that end in this piece of the text, each still to be parsed. Throws a `FileSourceError`. */
  push(text: string, isLast: boolean): readonly NumberedJson[] {
    this.#text = this.#text.slice(this.#at) + text;
    this.#at = 0;
    this.#skipBlanks();
    if (this.#place === 'before') this.#open();
    const elements: NumberedJson[] = [];
    while (this.#place === 'first' || this.#place === 'within') {
      const element = this.#next();
      if (!element) break;
      elements.push(element);
    }
    this.#checkRest(isLast);
    return elements;
  }

  #open(): void {
    if (this.#isAtEnd()) return;
    if (this.#text[this.#at] !== '[')
      throw new FileSourceError('must be a JSON array of objects', this.#line);
    this.#moveTo(this.#at + 1);
    this.#place = 'first';
  }

  /** Null if there is no other that ends in this text. */
  #next(): NumberedJson | null {
    const end = endOfElement(this.#text, this.#at);
    if (end === -1) return null;
    const element = { json: this.#text.slice(this.#at, end), line: this.#line };
    const isEmptyArray = this.#place === 'first' && element.json === '' && this.#text[end] === ']';
    if (this.#text[end] === '}') throw this.#invalid('a brace closes the array');
    this.#place = this.#text[end] === ']' ? 'after' : 'within';
    this.#moveTo(end + 1);
    return isEmptyArray ? null : element;
  }

  #checkRest(isLast: boolean): void {
    if (this.#place === 'after' && !this.#isAtEnd()) throw this.#invalid('something follows the array');
    if (isLast && this.#place === 'before') throw this.#invalid('it is empty');
    if (isLast && this.#place !== 'after') throw this.#invalid('it ends within the array');
    refuseLongRow('JSON', this.#text.slice(this.#at), this.#line);
  }

  #moveTo(at: number): void {
    this.#line += countLineFeeds(this.#text, this.#at, at);
    this.#at = at;
    this.#skipBlanks();
  }

  #skipBlanks(): void {
    for (let code = this.#code(); code <= 0x20; code = this.#code()) {
      if (code === 0x0a) this.#line += 1;
      this.#at += 1;
    }
  }

  /** NaN at the end. */
  #code(): number {
    return this.#text.charCodeAt(this.#at);
  }

  #isAtEnd(): boolean {
    return this.#at === this.#text.length;
  }

  #invalid(reason: string): FileSourceError {
    return new FileSourceError(`is not valid JSON: ${reason}`, this.#line);
  }
}
