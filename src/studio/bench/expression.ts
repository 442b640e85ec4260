/** What stands in an output or behind a tag's name, word by word. */
export type Token =
  | { readonly kind: 'string'; readonly text: string; readonly value: string }
  | { readonly kind: 'number'; readonly text: string }
  /** `true`, `nil`, `blank` … */
  | { readonly kind: 'literal'; readonly text: string }
  /** A variable; null stands for a key that is computed, of which `inner` has the tokens. */
  | {
      readonly kind: 'path';
      readonly text: string;
      readonly path: readonly (string | null)[];
      readonly inner: readonly Token[];
    }
  /** `(1..n)`; `inner` are its two ends. */
  | { readonly kind: 'range'; readonly text: string; readonly inner: readonly Token[] }
  | { readonly kind: 'operator'; readonly text: string }
  /** `|`, `:`, `,`, `(`, `)`, `..` and `=` */
  | { readonly kind: 'sign'; readonly text: string }
  /** What has no meaning in Liquid. */
  | { readonly kind: 'stray'; readonly text: string };

const LITERALS = new Set(['true', 'false', 'nil', 'null', 'blank', 'empty']);
const WORD_OPERATORS = new Set(['and', 'or', 'contains']);

const STRING = /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/sy;
const NUMBER = /-?\d+(?:\.\d+)?(?![\w.]\w)/y;
const WORD = /[A-Za-z_][\w-]*\??/y;
const OPERATOR = /==|!=|<=|>=|<|>/y;
const SIGN = /\.\.|[|:,()=]/y;
const SPACE = /\s+/y;
/** What nobody should have to read letter by letter. */
const STRAY = /&&|[^\s\w"'|:,()=<>]+|[\s\S]/y;

export function readTokens(text: string): Token[] {
  const reader = new Reader(text);
  const tokens: Token[] = [];
  for (let token = reader.next(); token; token = reader.next()) tokens.push(token);
  return tokens;
}

/** A name as Liquid takes it. */
export function isName(text: string): boolean {
  return /^[A-Za-z_][\w-]*$/.test(text);
}

class Reader {
  readonly #text: string;
  #at = 0;
  #isInRange = false;

  constructor(text: string) {
    this.#text = text;
  }

  next(): Token | null {
    this.#take(SPACE);
    if (this.#at >= this.#text.length) return null;
    const string = this.#take(STRING);
    if (string !== null) return { kind: 'string', text: string, value: unquote(string) };
    const number = this.#take(NUMBER);
    if (number !== null) return { kind: 'number', text: number };
    const word = this.#take(WORD);
    if (word !== null) return this.#word(word);
    const operator = this.#take(OPERATOR);
    if (operator !== null) return { kind: 'operator', text: operator };
    const sign = this.#take(SIGN);
    if (sign !== null) return (sign === '(' && this.#range()) || { kind: 'sign', text: sign };
    return { kind: 'stray', text: this.#take(STRAY) ?? '' };
  }

  #word(word: string): Token {
    if (LITERALS.has(word)) return { kind: 'literal', text: word };
    if (WORD_OPERATORS.has(word)) return { kind: 'operator', text: word };
    const start = this.#at - word.length;
    const path: (string | null)[] = [word];
    const inner: Token[] = [];
    for (;;) {
      if (this.#text[this.#at] === '[') this.#bracket(path, inner);
      else if (/^\.[A-Za-z_0-9]/.test(this.#text.slice(this.#at, this.#at + 2))) this.#dot(path);
      else break;
    }
    return { kind: 'path', text: this.#text.slice(start, this.#at), path, inner };
  }

  /** Null, and back behind the parenthesis, if it is none. */
  #range(): Token | null {
    const start = this.#at;
    // No end is a range of its own.
    if (this.#isInRange) return null;
    this.#isInRange = true;
    const low = this.next();
    const dots = this.next();
    const high = this.next();
    const end = this.next();
    this.#isInRange = false;
    if (low && dots?.text === '..' && high && end?.text === ')') {
      return { kind: 'range', text: this.#text.slice(start - 1, this.#at), inner: [low, high] };
    }
    this.#at = start;
    return null;
  }

  #dot(path: (string | null)[]): void {
    this.#at += 1;
    path.push(this.#take(/[\w-]+\??/y));
  }

  #bracket(path: (string | null)[], inner: Token[]): void {
    this.#at += 1;
    const tokens: Token[] = [];
    for (;;) {
      this.#take(SPACE);
      const isEnd = this.#at >= this.#text.length;
      if (isEnd || this.#text[this.#at] === ']') break;
      const token = this.next();
      if (token) tokens.push(token);
    }
    this.#at += 1;
    const [only] = tokens;
    const isPlain = tokens.length === 1 && (only?.kind === 'string' || only?.kind === 'number');
    path.push(isPlain ? (only.kind === 'string' ? only.value : only.text) : null);
    if (!isPlain) inner.push(...tokens);
  }

  #take(pattern: RegExp): string | null {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#text);
    if (!match || match[0] === '') return null;
    this.#at += match[0].length;
    return match[0];
  }
}

function unquote(string: string): string {
  return string.slice(1, -1).replace(/\\(.)/gs, '$1');
}

export type Filter = { readonly name: string; readonly args: readonly Token[] };

/** A value and its filters, `a | b: c`. */
export function splitFilters(tokens: readonly Token[]): { value: Token[]; filters: Filter[] } {
  const [value = [], ...parts] = splitAt(tokens, '|');
  const filters = parts.map(([name, , ...args]) => ({ name: name?.text ?? '', args }));
  return { value, filters };
}

export function splitAt(tokens: readonly Token[], sign: string): Token[][] {
  const parts: Token[][] = [[]];
  for (const token of tokens) {
    if (token.kind === 'sign' && token.text === sign) parts.push([]);
    else parts.at(-1)?.push(token);
  }
  return parts;
}

export type PathToken = Extract<Token, { kind: 'path' }>;

/** Variables, those in computed keys too. What names filters and their parameters is none. */
export function variablesOf(tokens: readonly Token[]): PathToken[] {
  return tokens.flatMap((token, index) => {
    if (token.kind === 'range') return variablesOf(token.inner);
    if (token.kind !== 'path') return [];
    const before = tokens[index - 1];
    const after = tokens[index + 1];
    const isFilter = before?.kind === 'sign' && before.text === '|';
    const isParameter = after?.kind === 'sign' && after.text === ':';
    return isFilter || isParameter ? [] : [token, ...variablesOf(token.inner)];
  });
}
