import type { z } from 'zod';
import { wordIssue } from './wording.ts';
import type { Locate, Report } from './yaml.ts';

/** Something wrong with a value: where it stands, and what is wrong with it, as a predicate of its path. */
export type PathFault = { readonly path: readonly PropertyKey[]; readonly message: string };

/** Checks data against a schema. What is wrong with it is told once for each place. */
export function parseData<T>(
  schema: z.ZodType<T>,
  data: unknown,
): { readonly data: T } | { readonly faults: readonly PathFault[] } {
  const result = schema.safeParse(data, { error: wordIssue });
  if (result.success) return { data: result.data };
  return { faults: firstOfEach(result.error.issues.flatMap((issue) => explain(issue, data))) };
}

/** Checks data against a schema and reports each fault with its place; null if there was one. */
export function check<T>(schema: z.ZodType<T>, data: unknown, locate: Locate, report: Report): T | null {
  const parsed = parseData(schema, data);
  if ('data' in parsed) return parsed.data;
  for (const fault of parsed.faults) reportAt(fault, locate, report);
  return null;
}

/** Reports a fault with its place, and its path in the message. */
export function reportAt({ path, message }: PathFault, locate: Locate, report: Report): void {
  const name = path.map(String).join('.');
  report({ ...locate(path), message: name === '' ? message : `${name} ${message}` });
}

/** The first fault of each path, since one mistake may break several rules. */
export function firstOfEach(faults: readonly PathFault[]): PathFault[] {
  const byPath = new Map<string, PathFault>();
  for (const fault of faults) {
    const key = JSON.stringify(fault.path.map(String));
    if (!byPath.has(key)) byPath.set(key, fault);
  }
  return [...byPath.values()];
}

function explain(issue: z.core.$ZodIssue, data: unknown): PathFault[] {
  const { path, message } = issue;
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => ({ path: [...path, key], message }));
  if (valueIn(data, path) === undefined) return [{ path, message: 'is missing' }];
  if (issue.code === 'invalid_key') return [{ path, message: issue.issues[0]?.message ?? 'is no name' }];
  return [{ path, message }];
}

function valueIn(data: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, step) => (typeof value === 'object' && value !== null ? Reflect.get(value, step) : undefined),
    data,
  );
}
