import type { HttpDeclaration, PostgresDeclaration, SourceDeclaration } from '../domain/content-source.ts';
import { firstOfEach, type PathFault, parseData, reportAt } from './check.ts';
import { findRuleFaults } from './field-rules.ts';
import { PRESETS } from './presets.ts';
import { findSourceFaults } from './source-faults.ts';
import { SOURCE_TYPES, SourceHead, type WrittenSource } from './source-types.ts';
import { fillVariables, findVariableFaults, type Variables } from './variables.ts';
import { locateIn, type Report, type YamlFile } from './yaml.ts';

/** A declared source, and the line where it says what it reads. */
export type DeclaredSource = { readonly declaration: SourceDeclaration; readonly line: number | null };

/** All sources of `content-sources.yaml` that are declared without fault. */
export function parseContentSources(yaml: YamlFile, variables: Variables, report: Report): DeclaredSource[] {
  return Object.entries(yaml.data).flatMap(([name, written]) => {
    const faults: PathFault[] = [];
    const declaration = declare(name, written, variables, faults);
    for (const { path, message } of firstOfEach(faults)) {
      reportAt({ path: [name, ...path], message }, locateIn(yaml), report);
    }
    if (!declaration || faults.length > 0) return [];
    const place = declaration.type === 'file' ? 'path' : 'url';
    return [{ declaration, line: yaml.lineOf([name, place]) }];
  });
}

/** What is wrong goes to `faults`; null if it is too much to go on. */
function declare(
  name: string,
  written: unknown,
  variables: Variables,
  faults: PathFault[],
): SourceDeclaration | null {
  const variableFaults = findVariableFaults(written, variables);
  faults.push(...variableFaults);
  const parsed = parseSource(written);
  if ('faults' in parsed) {
    faults.push(...parsed.faults);
    return null;
  }
  const source = fillVariables(declarationOf(name, parsed.data), variables);
  faults.push(...findRuleFaults(source.fields, source.required));
  // What an address lacks may be what a variable would have brought.
  if (variableFaults.length === 0) faults.push(...findSourceFaults(source));
  return source;
}

function parseSource(written: unknown): ReturnType<typeof parseData<WrittenSource>> {
  const head = parseData(SourceHead, written);
  if ('faults' in head) return head;
  const { type, preset } = head.data;
  // What is written counts, and where nothing is, what is usual for the product.
  const data = type === 'http' && preset ? { ...PRESETS[preset], ...head.data } : head.data;
  return parseData<WrittenSource>(SOURCE_TYPES[type], data);
}

function declarationOf(name: string, source: WrittenSource): SourceDeclaration {
  switch (source.type) {
    case 'file':
      return { ...source, name };
    case 'http':
      return httpOf(name, source);
    case 'postgres':
      return postgresOf(name, source);
  }
}

type Written<Type extends WrittenSource['type']> = Extract<WrittenSource, { type: Type }>;

function httpOf(name: string, source: Written<'http'>): HttpDeclaration {
  const { type, url, headers, ids, rows, paging, resolve, key, fields, required } = source;
  const body = source.body ?? null;
  const method = source.method ?? (body === null ? 'GET' : 'POST');
  return {
    ...{ name, type, url, method, headers, body, ids, rows, paging, resolve, key, fields, required },
    ...remoteOf(source),
  };
}

function postgresOf(name: string, source: Written<'postgres'>): PostgresDeclaration {
  const { type, url, query, key, fields, required } = source;
  return { ...{ name, type, url, query, key, fields, required }, ...remoteOf(source) };
}

/** Each age is at least the one before, so that a shorter one need not be said thrice. */
function remoteOf(source: Written<'http' | 'postgres'>) {
  const { batch, timeout, fresh, stale, stale_if_error, missing } = source;
  const staleMs = Math.max(fresh, stale);
  return {
    batch,
    timeoutMs: timeout,
    freshMs: fresh,
    staleMs,
    staleIfErrorMs: Math.max(staleMs, stale_if_error),
    missingMs: missing,
  };
}
