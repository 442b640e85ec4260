import { type Context, LiquidError } from 'liquidjs';
import type { CallScope } from './connected-content.ts';
import { BoundedEmitter, createEngine, type TagClass } from './engine.ts';
import type { BenchLimits } from './limits.ts';
import { Notes } from './notes.ts';
import { type Segment, scan } from './scan.ts';
import { translate } from './translate.ts';
import { readFailure } from './words.ts';

/** Within an answer they stay as they are: `:rerender` goes one level deep. */
const NOT_AGAIN = new Set(['connected_content', 'catalog_items', 'catalog_selection_items']);

/** Evaluates the Liquid in an answer, with the variables of the message. */
export function rerenderer(
  limits: BenchLimits,
  notes: Notes,
  abortMessage: (reasons: readonly (string | null)[]) => TagClass,
): CallScope['rerender'] {
  return function* (body: string, context: Context, line: number): Generator<unknown, string, unknown> {
    const found = new Notes();
    const program = translate(scan(body, 1, found).map(leaveCalls));
    const liquid = createEngine(limits, { abort_message: abortMessage(program.abortReasons) });
    try {
      if (found.hasFault) return leave(body, notes, line);
      const templates = liquid.parse(program.source);
      const emitter = new BoundedEmitter(limits.outputCharacters);
      yield liquid.renderer.renderTemplates(templates, context, emitter);
      return emitter.buffer;
    } catch (thrown) {
      if (LiquidError.is(thrown) && thrown.name !== 'RenderError') return leave(body, notes, line);
      // Its line is one of the answer's.
      throw readFailure(thrown).cause;
    }
  };
}

function leave(body: string, notes: Notes, line: number): string {
  notes.problem(
    line,
    'The answer holds Liquid that cannot be read, so :rerender leaves it as it is. Take :rerender out.',
  );
  return body;
}

function leaveCalls(segment: Segment): Segment {
  if (segment.kind !== 'tag' || !NOT_AGAIN.has(segment.name)) return segment;
  const { open, name, args, close, line } = segment;
  const text = `{% raw %}${open} ${name}${args}${close}{% endraw %}`;
  return { kind: 'text', text, line, isRaw: true };
}
