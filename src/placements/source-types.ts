import { z } from 'zod';
import { Fields } from './field-rules.ts';
import { column } from './field-types.ts';
import { PRESET_NAMES } from './presets.ts';
import { DAY_MS, duration, SECOND_MS } from './times.ts';

// How sources are written in `content-sources.yaml`.

const COMMON = {
  key: column,
  fields: Fields,
  required: z.array(z.string()).default([]),
};

const age = (usual: number) => duration(0, 90 * DAY_MS).default(usual);

const REMOTE = {
  batch: z.int().min(1).max(1_000).default(100),
  timeout: duration(50, 30 * SECOND_MS).default(500),
  fresh: age(300 * SECOND_MS),
  stale: age(3_600 * SECOND_MS),
  stale_if_error: age(7 * DAY_MS),
  missing: age(60 * SECOND_MS),
};

const SourceOfFile = z.strictObject({ type: z.literal('file'), path: z.string().min(1), ...COMMON });

const HEADER_NAME = /^[\w!#$%&'*+.^`|~-]+$/;

const Paging = z.union(
  [z.strictObject({ next: column }), z.strictObject({ parameter: z.string().min(1), pages: column })],
  'must be { next: … } or { parameter: …, pages: … }',
);

const SourceOverHttp = z.strictObject({
  type: z.literal('http'),
  preset: z.enum(PRESET_NAMES).optional(),
  url: z.string().min(1),
  method: z.enum(['GET', 'POST']).optional(),
  headers: z
    .record(
      z.string().regex(HEADER_NAME, 'must be a header name'),
      z.union([z.string(), z.number().transform(String)], 'must be a text'),
    )
    .default({}),
  body: z.unknown().optional(),
  ids: z.enum(['list', 'repeated', 'json']).default('list'),
  rows: z.string().min(1).nullable().default(null),
  paging: Paging.nullable().default(null),
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

export const SOURCE_TYPES = { file: SourceOfFile, http: SourceOverHttp, postgres: SourceInPostgres };
export type SourceType = keyof typeof SOURCE_TYPES;

/** A source as it is written, with what is usual where nothing is. */
export type WrittenSource = z.infer<(typeof SOURCE_TYPES)[SourceType]>;

/** What tells how to read the rest. */
export const SourceHead = z.looseObject({
  type: z.enum(Object.keys(SOURCE_TYPES) as SourceType[]),
  preset: z.enum(PRESET_NAMES).optional(),
});
