/** They have no end tag. */
const VOID = new Set('area base br col embed hr img input link meta param source track wbr'.split(' '));

const TAG_OR_END = /<(\/?)([a-z][a-z0-9]*)|\/?>/gi;

/** Follows the text of a message, so that it can be told whether HTML is around a place. Roughly, as no parser is. */
export class Markup {
  #depth = 0;
  #isInTag = false;

  /** Between a start tag and its end tag, or in a tag itself. */
  get isAround(): boolean {
    return this.#isInTag || this.#depth > 0;
  }

  read(text: string): void {
    for (const [whole, slash, name] of text.matchAll(TAG_OR_END)) {
      if (name === undefined) {
        if (this.#isInTag && whole === '/>') this.#depth -= 1;
        this.#isInTag = false;
        continue;
      }
      this.#isInTag = true;
      if (slash === '/') this.#depth = Math.max(0, this.#depth - 1);
      else if (!VOID.has(name.toLowerCase())) this.#depth += 1;
    }
  }
}
