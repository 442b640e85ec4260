import { countLines } from './scan.ts';

/** A part of a tag, which may hold outputs. */
export type Piece = { readonly text: string; readonly line: number };

export type CallOption = {
  readonly name: string;
  readonly line: number;
  /** Null if nothing stands behind it. */
  readonly value: Piece | null;
};

/** A Connected Content tag: `URL :option value …`. */
export type CallTag = {
  readonly line: number;
  readonly url: Piece | null;
  readonly options: readonly CallOption[];
  /** Words that belong to nothing. */
  readonly strays: readonly Piece[];
};

/** Options behind which something stands. */
const WITH_VALUE = new Set([
  'basic_auth',
  'auth_credentials',
  'save',
  'cache_max_age',
  'headers',
  'method',
  'body',
  'content_type',
]);
const WITHOUT_VALUE = new Set(['retry', 'no_cache', 'rerender']);

/** Whether nothing stands behind the option. */
export function isFlag(name: string): boolean {
  return WITHOUT_VALUE.has(name);
}

export const CALL_OPTIONS: readonly string[] = [...WITH_VALUE, ...WITHOUT_VALUE];

/** `line` is the tag's, `argsLine` where `args` begins. */
export function readCallTag(args: string, line: number, argsLine: number): CallTag {
  const options: CallOption[] = [];
  const strays: Piece[] = [];
  let url: Piece | null = null;
  let waiting: { name: string; line: number } | null = null;
  const closeOption = (value: Piece | null): void => {
    if (waiting) options.push({ ...waiting, value });
    waiting = null;
  };
  for (const piece of wordsOf(args, argsLine)) {
    const [, name] = /^:([a-z_]\w*)$/i.exec(piece.text) ?? [];
    if (name !== undefined) {
      closeOption(null);
      waiting = { name, line: piece.line };
      if (isFlag(name)) closeOption(null);
    } else if (waiting) {
      closeOption(piece);
    } else if (url === null) {
      url = piece;
    } else {
      strays.push(piece);
    }
  }
  closeOption(null);
  return { line, url, options, strays };
}

/** The option of that name; the last one counts. */
export function optionOf({ options }: CallTag, name: string): CallOption | null {
  return options.findLast((option) => option.name === name) ?? null;
}

/** Words between white space; outputs, and an object that begins with a brace, are not taken apart. */
function* wordsOf(args: string, firstLine: number): Generator<Piece> {
  let line = firstLine;
  let at = 0;
  while (at < args.length) {
    const start = at + (/^\s*/.exec(args.slice(at))?.[0].length ?? 0);
    line += countLines(args.slice(at, start));
    if (start >= args.length) return;
    at = endOfWord(args, start);
    const text = args.slice(start, at);
    yield { text, line };
    line += countLines(text);
  }
}

function endOfWord(args: string, start: number): number {
  const isObject = args[start] === '{' && args[start + 1] !== '{';
  let braces = 0;
  let outputs = 0;
  for (let at = start; at < args.length; at += 1) {
    const pair = args.slice(at, at + 2);
    if (pair === '${') {
      const end = args.indexOf('}', at);
      at = end < 0 ? at : end;
      continue;
    }
    if (args[at] === '{') braces += 1;
    if (args[at] === '}') braces -= 1;
    if (pair === '{{') outputs += 1;
    if (pair === '}}' && outputs > 0) outputs -= 1;
    const isWithin = isObject ? braces > 0 : outputs > 0;
    if (!isWithin && /\s/.test(args[at] ?? '')) return at;
  }
  return args.length;
}
