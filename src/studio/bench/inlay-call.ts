import { plainExpression } from './attributes.ts';
import { type CallTag, optionOf } from './call-tag.ts';
import { readTokens, splitFilters, type Token } from './expression.ts';
import { Notes } from './notes.ts';
import type { Output, Segment } from './scan.ts';
import { segmentsOf } from './translate.ts';

/** An output in a URL or a body. */
export type Filled = {
  readonly line: number;
  /** As pasted, without braces. */
  readonly text: string;
  readonly value: readonly Token[];
  readonly filters: readonly string[];
};

/** A parameter of a URL: `name=` and what stands behind it. */
export type Parameter = {
  readonly name: string;
  /** As pasted. */
  readonly text: string;
  readonly filled: readonly Filled[];
};

/** What can be told of a Connected Content tag without evaluating it. */
export type KnownCall = {
  readonly tag: CallTag;
  /** Of a placement; null if the URL is another's, or is not known before the message is evaluated. */
  readonly placement: string | null;
  readonly suffix: 'json' | 'html' | 'txt';
  /** Whether the URL is a variable, so that nothing else of it is known. */
  readonly isHidden: boolean;
  readonly isPost: boolean;
  /** Of the URL, and of a body that is a form. */
  readonly parameters: readonly Parameter[];
  /** The variable that a JSON answer comes into. */
  readonly variable: string;
};

const PLACEMENT = /\/v1\/placements\/([\w-]+?)(?:\.(json|html|txt))?\/?(?:[?#]|$)/i;

export function knowCall(tag: CallTag): KnownCall {
  const url = tag.url ? segmentsOf(tag.url, new Notes()) : [];
  const body = optionOf(tag, 'body')?.value ?? null;
  const [first] = url;
  const [, placement = null, suffix = 'json'] = PLACEMENT.exec(textOf(url)) ?? [];
  return {
    tag,
    placement: placement?.toLowerCase() ?? null,
    suffix: suffix.toLowerCase() as KnownCall['suffix'],
    isHidden: first?.kind === 'output',
    isPost: optionOf(tag, 'method')?.value?.text.toLowerCase() === 'post',
    parameters: [
      ...parametersOf(url),
      ...(body ? parametersOf(segmentsOf({ ...body, text: `?${body.text}` }, new Notes())) : []),
    ],
    variable: optionOf(tag, 'save')?.value?.text ?? 'connected',
  };
}

export function parameterOf(call: KnownCall, name: string): Parameter | null {
  return call.parameters.find((parameter) => parameter.name === name) ?? null;
}

function parametersOf(segments: readonly Segment[]): Parameter[] {
  const parts: { name: string; text: string; filled: Filled[] }[] = [];
  for (const segment of segments) {
    if (segment.kind === 'output') {
      const last = parts.at(-1);
      if (!last) continue;
      last.text += `{{${segment.inner}}}`;
      last.filled.push(readFilled(segment));
      continue;
    }
    if (segment.kind !== 'text') continue;
    const [rest = '', ...begun] = segment.text.split(/[?&]/);
    const last = parts.at(-1);
    if (last) last.text += rest;
    for (const part of begun) {
      const [name = '', ...values] = part.split('=');
      parts.push({ name, text: values.join('='), filled: [] });
    }
  }
  return parts;
}

function readFilled({ inner, line }: Output): Filled {
  const { value, filters } = splitFilters(readTokens(plainExpression(inner).text));
  return { line, text: inner.trim(), value, filters: filters.map(({ name }) => name) };
}

/** With outputs left out. */
function textOf(segments: readonly Segment[]): string {
  return segments.map((segment) => (segment.kind === 'text' ? segment.text : '')).join('');
}
