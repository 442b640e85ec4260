import { CaptureTag, type Context, type Emitter, Liquid, Tag } from 'liquidjs';
import { setFilters } from './filters.ts';
import type { BenchLimits } from './limits.ts';
import { print, TooLargeError } from './printed.ts';
import { SILENT } from './translate.ts';

export type TagClass = Liquid['tags'][string];

/** Braze has none of them; nothing of a message reads files. */
const OF_FILES = ['include', 'render', 'layout', 'block'];

/** Liquid as Braze has it, but for the tags that it is given. */
export function createEngine(limits: BenchLimits, tags: Readonly<Record<string, TagClass>>): Liquid {
  const { outputCharacters, workCharacters, templateCharacters } = limits;
  const liquid = new Liquid({
    templates: {},
    strictFilters: true,
    ownPropertyOnly: true,
    timezoneOffset: 0,
    locale: 'en-US',
    // Numbers on lines far down are parsed behind empty lines.
    parseLimit: 4 * templateCharacters,
    memoryLimit: workCharacters,
  });
  for (const name of OF_FILES) delete liquid.tags[name];
  for (const name of SILENT) liquid.registerTag(name, SilentTag);
  liquid.registerTag('capture', boundedCapture(outputCharacters));
  for (const [name, tag] of Object.entries(tags)) liquid.registerTag(name, tag);
  setFilters(liquid, outputCharacters);
  return liquid;
}

class SilentTag extends Tag {
  override render(): void {}
}

/** Holds what was evaluated, up to so many characters; then it throws a `TooLargeError`. */
export class BoundedEmitter implements Emitter {
  buffer = '';
  readonly #most: number;

  constructor(most: number) {
    this.#most = most;
  }

  write(value: unknown): void {
    const text = print(value, this.#most);
    const room = this.#most - this.buffer.length;
    this.buffer += text.slice(0, room);
    if (text.length > room) throw new TooLargeError();
  }
}

function boundedCapture(most: number): TagClass {
  return class extends CaptureTag {
    override *render(context: Context): Generator<unknown, void, unknown> {
      const emitter = new BoundedEmitter(most);
      yield this.liquid.renderer.renderTemplates(this.templates, context, emitter);
      context.memoryLimit.use(emitter.buffer.length);
      Object.assign(context.bottom(), { [this.variable]: emitter.buffer });
    }
  };
}
