import { readFileSync } from 'node:fs';
import { isNode, LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';

/** Something wrong in the templates folder. */
export type Fault = {
  /** Relative to the folder. */
  readonly file: string;
  /** 1-based; null if it is about the whole file. */
  readonly line: number | null;
  readonly message: string;
};

/** A YAML file that was read, and where in it each value stands. */
export type YamlFile = {
  readonly file: string;
  /** An object; empty for an empty file. */
  readonly data: Readonly<Record<string, unknown>>;
  readonly lineOf: (path: readonly PropertyKey[]) => number | null;
};

/** Reads a YAML mapping. What is wrong with it goes to `report`, and then there is null. */
export function readYaml(path: string, file: string, report: (fault: Fault) => void): YamlFile | null {
  const lines = new LineCounter();
  const document = parseDocument(readFileSync(path, 'utf8'), { lineCounter: lines, prettyErrors: false });
  for (const error of document.errors) {
    report({ file, line: lines.linePos(error.pos[0]).line, message: `is not valid YAML: ${error.message}` });
  }
  if (document.errors.length > 0) return null;
  const data: unknown = document.toJS() ?? {};
  if (typeof data !== 'object' || data === null || Array.isArray(data)) {
    report({ file, line: 1, message: 'must hold names with values' });
    return null;
  }
  const lineOf = (at: readonly PropertyKey[]): number | null => {
    // The nearest value that is there: a missing one has no line of its own.
    for (let length = at.length; length > 0; length -= 1) {
      const node = document.getIn(at.slice(0, length), true);
      if (isNode(node) && node.range) return lines.linePos(node.range[0]).line;
    }
    return 1;
  };
  return { file, data: data as Record<string, unknown>, lineOf };
}

/** Checks data against a schema and reports each fault with its line; null if there was one. */
export function check<T>(
  schema: z.ZodType<T>,
  yaml: YamlFile,
  report: (fault: Fault) => void,
  data: unknown = yaml.data,
): T | null {
  const result = schema.safeParse(data);
  if (result.success) return result.data;
  for (const issue of result.error.issues) {
    for (const { path, message } of explain(issue)) {
      const name = path.map(String).join('.');
      report({
        file: yaml.file,
        line: yaml.lineOf(path),
        message: name === '' ? message : `${name} ${message}`,
      });
    }
  }
  return null;
}

type Explained = { readonly path: readonly PropertyKey[]; readonly message: string };

function explain(issue: z.core.$ZodIssue): Explained[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ path: [...issue.path, key], message: 'is not a known key' }));
  }
  if (issue.code === 'invalid_type' && issue.input === undefined) {
    return [{ path: issue.path, message: 'is missing' }];
  }
  return [{ path: issue.path, message: lowerFirst(issue.message) }];
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
