import { z } from 'zod';
import type { HttpDeclaration, Paging, SourceDeclaration } from '../domain/content-source.ts';
import { parseDuration } from '../duration.ts';
import { column, Fields, findRuleFaults } from './field-rules.ts';
import { PRESET_NAMES, PRESETS, type PresetName } from './presets.ts';
import { fillVariables } from './variables.ts';
import { check, type Locate, locateIn, type Report, type YamlFile } from './yaml.ts';

const SECOND_MS = 1_000;
const DAY_MS = 86_400_000;

const age = (usual: string) => duration(0, 90 * DAY_MS, usual);

const COMMON = {
  key: column,
  fields: Fields,
  required: z.array(z.string()).default([]),
};

const REMOTE = {
  batch: z.int().min(1).max(1_000).default(100),
  timeout: duration(50, 30 * SECOND_MS, '500ms'),
  fresh: age('5m'),
  stale: age('1h'),
  stale_if_error: age('7d'),
  missing: age('1m'),
};

const SourceOfFile = z.strictObject({ type: z.literal('file'), path: z.string().min(1), ...COMMON });

const SourceOverHttp = z.strictObject({
  type: z.literal('http'),
  preset: z.enum(PRESET_NAMES).optional(),
  url: z.string().min(1),
  method: z.enum(['GET', 'POST']).optional(),
  headers: z.record(z.string().regex(/^[\w-]+$/, 'must be a header name'), z.string()).default({}),
  body: z.unknown().optional(),
  ids: z.enum(['list', 'repeated', 'json']).default('list'),
  rows: z.string().min(1).nullable().default(null),
  paging: z
    .union([
      z.strictObject({ next: column }),
      z.strictObject({ parameter: z.string().min(1), pages: column }),
    ])
    .nullable()
    .default(null),
  resolve: z.literal('contentful').nullable().default(null),
  ...COMMON,
  ...REMOTE,
});

const SourceInPostgres = z.strictObject({
  type: z.literal('postgres'),
  url: z.string().min(1),
  query: z.string().regex(/\$1\b/, 'must name the ids as $1, as in "where sku = any($1)"'),
  ...COMMON,
  ...REMOTE,
});

const TYPES = { file: SourceOfFile, http: SourceOverHttp, postgres: SourceInPostgres };
type TypeName = keyof typeof TYPES;

/** A declared source, and where. */
export type DeclaredSource = { readonly declaration: SourceDeclaration; readonly line: number | null };

/** All sources of `content-sources.yaml` that are declared without fault. */
export function parseContentSources(
  yaml: YamlFile,
  variables: ReadonlyMap<string, string>,
  report: Report,
): DeclaredSource[] {
  const locate = locateIn(yaml);
  return Object.entries(yaml.data).flatMap(([name, written]) => {
    let isFaulty = false;
    const reportHere: Report = (fault) => {
      isFaulty = true;
      report(fault);
    };
    const say = ({ path, message }: SourceFault): void =>
      reportHere({ ...locate([name, ...path]), message: `${name}: ${message}` });
    const declaration = declare(name, fill(written, variables, say), locate, reportHere);
    if (!declaration) return [];
    findRuleFaults(declaration.fields, declaration.required).forEach(say);
    findSourceFaults(declaration).forEach(say);
    return isFaulty ? [] : [{ declaration, line: yaml.lineOf([name]) }];
  });
}

function fill(
  written: unknown,
  variables: ReadonlyMap<string, string>,
  say: (fault: SourceFault) => void,
): unknown {
  if (!isObject(written)) return written;
  return Object.fromEntries(
    Object.entries(written).map(([key, value]) => [
      key,
      fillVariables(value, variables, (message) => say({ path: [key], message })),
    ]),
  );
}

function declare(name: string, data: unknown, locate: Locate, report: Report): SourceDeclaration | null {
  const type = isObject(data) ? data.type : undefined;
  const checked = <T>(schema: z.ZodType<T>, value: unknown): T | undefined =>
    check(z.object({ [name]: schema }), { [name]: value }, locate, report)?.[name];
  if (!isTypeName(type)) {
    checked(z.object({ type: z.enum(Object.keys(TYPES), 'must be file, http or postgres') }), data);
    return null;
  }
  switch (type) {
    case 'file': {
      const source = checked(SourceOfFile, data);
      return source ? { ...source, name } : null;
    }
    case 'http': {
      const source = checked(SourceOverHttp, withPreset(data));
      return source ? declareHttp(name, source) : null;
    }
    case 'postgres': {
      const source = checked(SourceInPostgres, data);
      if (!source) return null;
      const { url, query, key, fields, required } = source;
      return { name, type, url, query, key, fields, required, ...remoteOf(source) };
    }
  }
}

function declareHttp(name: string, source: z.infer<typeof SourceOverHttp>): HttpDeclaration {
  const { type, url, headers, ids, rows, resolve, key, fields, required } = source;
  const body = source.body ?? null;
  const method = source.method ?? (body === null ? 'GET' : 'POST');
  const paging: Paging | null = source.paging;
  return {
    ...{ name, type, url, method, headers, body, ids, rows, paging, resolve, key, fields, required },
    ...remoteOf(source),
  };
}

type RemoteKeys = Pick<z.infer<typeof SourceInPostgres>, keyof typeof REMOTE>;

/** Each age is at least the one before, so that a shorter one need not be said thrice. */
function remoteOf({ batch, timeout, fresh, stale, stale_if_error, missing }: RemoteKeys) {
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

/** What is written counts, and where nothing is, what is usual for the product. */
function withPreset(data: unknown): unknown {
  if (!isObject(data) || !PRESET_NAMES.includes(data.preset as PresetName)) return data;
  return { ...PRESETS[data.preset as PresetName], ...data };
}

type SourceFault = { readonly path: readonly string[]; readonly message: string };

function findSourceFaults(source: SourceDeclaration): SourceFault[] {
  if (source.type === 'file') return [];
  if (source.type === 'postgres') {
    const isPostgres = /^postgres(ql)?:$/.test(URL.parse(source.url)?.protocol ?? '');
    return isPostgres
      ? []
      : [{ path: ['url'], message: 'url must be postgres://user:password@host/database' }];
  }
  const faults: SourceFault[] = [];
  const url = URL.parse(source.url.replaceAll('{ids}', 'ids').replaceAll('{locale}', 'locale'));
  if (!url || !/^https?:$/.test(url.protocol) || /^[^/]*\/\/[^/?#]*\{/.test(source.url)) {
    faults.push({ path: ['url'], message: 'url must be an absolute http(s) URL' });
  } else if (url.username !== '' || url.password !== '') {
    faults.push({ path: ['url'], message: 'url must not hold a password; use headers' });
  }
  if (!source.url.includes('{ids}') && !JSON.stringify(source.body).includes('"{ids}"')) {
    faults.push({ path: ['url'], message: 'url or body must say where the ids go, with {ids}' });
  }
  if (source.method === 'GET' && source.body !== null) {
    faults.push({ path: ['body'], message: 'body cannot be sent with GET' });
  }
  return faults;
}

/** A time with its unit; the usual one where nothing is said. Milliseconds. */
function duration(minMs: number, maxMs: number, usual: string) {
  return z
    .string()
    .default(usual)
    .transform((text, context) => {
      const ms = parseDuration(text);
      if (ms !== null && ms >= minMs && ms <= maxMs) return ms;
      context.addIssue('must be a time such as 500ms, 5m or 7d, within reason');
      return z.NEVER;
    });
}

function isObject(data: unknown): data is Readonly<Record<string, unknown>> {
  return typeof data === 'object' && data !== null && !Array.isArray(data);
}

function isTypeName(type: unknown): type is TypeName {
  return typeof type === 'string' && Object.hasOwn(TYPES, type);
}
