import { cleanText } from '../text.ts';

/**
 * Sanitised HTML among a template's values. Handlebars puts what has `toHTML` in without escaping it; whatever cannot
 * hold markup takes its text.
 */
export class Html {
  readonly #html: string;
  #text: string | null = null;

  constructor(html: string) {
    this.#html = html;
  }

  toHTML(): string {
    return this.#html;
  }

  /** What it reads. */
  toText(): string {
    this.#text ??= cleanText(this.#html) ?? '';
    return this.#text;
  }
}
