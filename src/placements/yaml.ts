import { readFileSync } from 'node:fs';
import { isMap, isNode, isScalar, LineCounter, parseDocument, visit } from 'yaml';

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
  const document = parseDocument(readFileSync(path, 'utf8'), {
    lineCounter: lines,
    prettyErrors: false,
    // Else what the parser only wonders about goes to standard error, past our log.
    logLevel: 'error',
  });
  const lineAt = (offset: number): number => lines.linePos(offset).line;
  for (const error of document.errors) {
    report({ file, line: lineAt(error.pos[0]), message: `is not valid YAML: ${error.message}` });
  }
  if (document.errors.length > 0) return null;
  keepAsWritten(document);
  const refused = findRefusedName(document);
  if (refused !== null) {
    report({
      file,
      line: lineAt(refused),
      message: `has the name ${REFUSED_NAME}, which nothing here can have`,
    });
    return null;
  }
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

const REFUSED_NAME = '__proto__';

/** Where a name stands that no object of ours could have as any other. */
function findRefusedName(document: ReturnType<typeof parseDocument>): number | null {
  let at: number | null = null;
  visit(document, {
    Pair: (_key, { key }) => {
      if (isScalar(key) && key.value === REFUSED_NAME) at = key.range?.[0] ?? 0;
    },
  });
  return at;
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

/** What an error says about a file: its `line` where it has one. Rethrows what is no error. */
export function faultOf(error: unknown): Pick<Fault, 'line' | 'message'> {
  if (!(error instanceof Error)) throw error;
  const line = 'line' in error && typeof error.line === 'number' ? error.line : null;
  return { line, message: error.message };
}
