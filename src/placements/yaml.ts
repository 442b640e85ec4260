import { readFileSync } from 'node:fs';
import { isMap, isNode, LineCounter, parseDocument, visit } from 'yaml';
import type { z } from 'zod';

/** Something wrong in the templates folder. */
export type Fault = {
  /** Relative to the folder. */
  readonly file: string;
  /** 1-based; null if it is about the whole file. */
  readonly line: number | null;
  readonly message: string;
};

export type Report = (fault: Fault) => void;

/** A YAML file that was read, and where in it each value stands. */
export type YamlFile = {
  readonly file: string;
  /** An object; empty for an empty file. */
  readonly data: Readonly<Record<string, unknown>>;
  readonly lineOf: (path: readonly PropertyKey[]) => number | null;
};

/** Reads a YAML mapping. What is wrong with it goes to `report`, and then there is null. */
export function readYaml(path: string, file: string, report: Report): YamlFile | null {
  const lines = new LineCounter();
  const document = parseDocument(readFileSync(path, 'utf8'), { lineCounter: lines, prettyErrors: false });
  const lineAt = (offset: number): number => lines.linePos(offset).line;
  for (const error of document.errors) {
    report({ file, line: lineAt(error.pos[0]), message: `is not valid YAML: ${error.message}` });
  }
  if (document.errors.length > 0) return null;
  keepAsWritten(document);
  const data = toObject(document);
  if (typeof data === 'string') {
    report({ file, line: 1, message: data });
    return null;
  }

  /** The nearest thing that is there: what is missing has no line of its own. */
  const lineOf = (at: readonly PropertyKey[]): number | null => {
    for (let length = at.length; length > 0; length -= 1) {
      const parent: unknown =
        length === 1 ? document.contents : document.getIn(at.slice(0, length - 1), true);
      const key = isMap(parent)
        ? parent.items.find((pair) => String(pair.key) === String(at[length - 1]))?.key
        : null;
      const node = isNode(key) ? key : document.getIn(at.slice(0, length), true);
      if (isNode(node) && node.range) return lineAt(node.range[0]);
    }
    return 1;
  };
  return { file, data, lineOf };
}

/** An id such as 007 or 1e3 is what was written, not the number that it would make. */
function keepAsWritten(document: ReturnType<typeof parseDocument>): void {
  visit(document, {
    Scalar: (_key, node) => {
      if (typeof node.value === 'number' && node.source !== undefined && String(node.value) !== node.source) {
        node.value = node.source;
      }
    },
  });
}

/** The data, or what is wrong with it. */
function toObject(document: ReturnType<typeof parseDocument>): Record<string, unknown> | string {
  let data: unknown;
  try {
    data = document.toJS() ?? {};
  } catch (error) {
    // An alias to an anchor that is not there, or too many of them.
    return `is not valid YAML: ${(error as Error).message}`;
  }
  const isObject = typeof data === 'object' && data !== null && !Array.isArray(data);
  return isObject ? (data as Record<string, unknown>) : 'must hold names with values';
}

/** Where a value was declared: in a file of its own, or in one of several that lie upon each other. */
export type Locate = (path: readonly PropertyKey[]) => Pick<Fault, 'file' | 'line'>;

export function locateIn(yaml: YamlFile): Locate {
  return (path) => ({ file: yaml.file, line: yaml.lineOf(path) });
}

/** Checks data against a schema and reports each fault with its place; null if there was one. */
export function check<T>(schema: z.ZodType<T>, data: unknown, locate: Locate, report: Report): T | null {
  const result = schema.safeParse(data);
  if (result.success) return result.data;
  for (const issue of result.error.issues) {
    for (const { path, message } of explain(issue, data)) {
      const name = path.map(String).join('.');
      report({ ...locate(path), message: name === '' ? message : `${name} ${message}` });
    }
  }
  return null;
}

type Explained = { readonly path: readonly PropertyKey[]; readonly message: string };

function explain(issue: z.core.$ZodIssue, data: unknown): Explained[] {
  const { path } = issue;
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ path: [...path, key], message: 'is not a known key' }));
  }
  if (valueIn(data, path) === undefined) return [{ path, message: 'is missing' }];
  if (issue.code === 'invalid_key') return [{ path, message: issue.issues[0]?.message ?? 'is no name' }];
  return [{ path, message: lowerFirst(issue.message) }];
}

function valueIn(data: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, step) => (typeof value === 'object' && value !== null ? Reflect.get(value, step) : undefined),
    data,
  );
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

/** What an error says about a file: its `line` where it has one. Rethrows what is no error. */
export function faultOf(error: unknown): Pick<Fault, 'line' | 'message'> {
  if (!(error instanceof Error)) throw error;
  const line = 'line' in error && typeof error.line === 'number' ? error.line : null;
  return { line, message: error.message };
}
