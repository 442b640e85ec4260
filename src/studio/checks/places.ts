import { truncate } from '../../text.ts';
import { MAX_PLACES, type Place } from './finding.ts';

/** A part of the body, from `start` up to and without `end`. */
export type Span = { readonly start: number; readonly end: number };

/** Characters of an excerpt. */
const EXCERPT_LENGTH = 90;

/** Finds lines of a text. The text is gone through once, and only when a place is asked for. */
export class Places {
  readonly #text: string;
  #starts: readonly number[] | null = null;

  constructor(text: string) {
    this.#text = text;
  }

  /** The first of these as people find them. */
  of(spans: readonly Span[]): Place[] {
    return spans.slice(0, MAX_PLACES).map((span) => this.#at(span));
  }

  /** The whole line with this number. */
  line(number: number): Span {
    this.#starts ??= lineStarts(this.#text);
    const { length } = this.#text;
    return { start: this.#starts[number - 1] ?? length, end: this.#starts[number] ?? length };
  }

  /** 1…n. */
  lineOf(index: number): number {
    this.#starts ??= lineStarts(this.#text);
    let [low, high] = [0, this.#starts.length];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((this.#starts[middle] ?? 0) <= index) low = middle;
      else high = middle;
    }
    return low + 1;
  }

  #at(span: Span): Place {
    return { line: this.lineOf(span.start), excerpt: this.#excerpt(span) };
  }

  #excerpt({ start, end }: Span): string {
    // White space may take most of it.
    const piece = this.#text.slice(start, Math.min(end, start + EXCERPT_LENGTH * 4));
    return truncate(piece.toWellFormed().replace(/\s+/g, ' ').trim(), EXCERPT_LENGTH);
  }
}

function lineStarts(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}
