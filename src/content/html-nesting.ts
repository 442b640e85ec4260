/** In what was sanitised `<` is a tag, since text has `&lt;` for it. */
const TAGS = /(<[^>]*>)/;

const VOID = ['br', 'hr'];
const BLOCKS = ['p', 'div', 'ul', 'ol', 'li', 'h2', 'h3', 'h4', 'blockquote', 'hr'];
const HEADINGS = ['h2', 'h3', 'h4'];
const LISTS: readonly unknown[] = ['ul', 'ol'];

/** A tag that is open. What it is called is known when it is closed; null drops it. */
type Open = { name: string | null; readonly at: number };

/**
 * Makes a browser see the tags that are there. Where others open within them it closes some by itself, and what would have
 * closed them then closes tags of the message around. Takes sanitised HTML, each tag closed in order.
 * https://html.spec.whatwg.org/multipage/parsing.html#parsing-main-inbody
 */
export function nest(html: string): string {
  const pieces = html.split(TAGS);
  const tags = new OpenTags(pieces);
  for (let at = 1; at < pieces.length; at += 2) {
    const [, slash, name = ''] = /^<(\/?)(\w+)/.exec(pieces[at] ?? '') ?? [];
    if (slash === '/') tags.close(at);
    else tags.open(name, at);
  }
  return pieces.join('');
}

class OpenTags {
  readonly #pieces: string[];
  readonly #open: Open[] = [];
  // There is one of each at most, so that none has to be searched for.
  #paragraph: Open | null = null;
  #heading: Open | null = null;
  #link: Open | null = null;

  constructor(pieces: string[]) {
    this.#pieces = pieces;
  }

  open(name: string, at: number): void {
    if (BLOCKS.includes(name)) this.#leaveParagraph();
    if (VOID.includes(name)) return;
    // The inner link is the one that was meant where the outer was never closed.
    if (name === 'a' && this.#link) this.#link.name = null;
    const tag = { name: this.#isOutOfPlace(name) ? 'div' : name, at };
    this.#open.push(tag);
    if (tag.name === 'p') this.#paragraph = tag;
    else if (tag.name === 'a') this.#link = tag;
    else if (HEADINGS.includes(tag.name)) this.#heading = tag;
  }

  close(at: number): void {
    const tag = this.#open.pop();
    if (!tag) return;
    const { name } = tag;
    if (name !== 'a') this.#pieces[tag.at] = name === null ? '' : `<${name}>`;
    this.#pieces[at] = name === null ? '' : `</${name}>`;
    if (tag === this.#paragraph) this.#paragraph = null;
    if (tag === this.#heading) this.#heading = null;
    if (tag === this.#link) this.#link = null;
  }

  /** A paragraph holds no blocks. */
  #leaveParagraph(): void {
    if (this.#paragraph) this.#paragraph.name = 'div';
    this.#paragraph = null;
  }

  #isOutOfPlace(name: string): boolean {
    if (name === 'li') return !LISTS.includes(this.#open.at(-1)?.name);
    return HEADINGS.includes(name) && this.#heading !== null;
  }
}
