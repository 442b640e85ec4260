import type { Request } from 'express';
import { z } from 'zod';
import { type Moment, parseMoment } from '../domain/moment.ts';
import type { Person } from '../domain/person.ts';
import type { Placement } from '../domain/placement.ts';
import type { PrefetchOrder } from '../domain/prefetch.ts';
import { parseDuration } from '../duration.ts';
import { cleanText } from '../text.ts';
import { MERGE_TAG, Parameters } from './parameters.ts';
import { Problem } from './problem.ts';
import { parseQuery, queryOf, type RawParameters } from './query.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const MAX_HOLD_MS = 30 * DAY_MS;
const MAX_AHEAD_MS = 30 * DAY_MS;

/** What sets the clocks of two machines apart. */
const CLOCKS_DIFFER_MS = 60_000;

/** What `POST /v1/prefetches` takes in its URL, in the words in which `/openapi.json` and `/docs` tell of it. */
export const PrefetchParameters = z.object({
  placement: z
    .string('is required: one placement or several, separated by commas')
    .describe('Placements to look people up for, by name, separated by commas.'),
  campaign: Parameters.shape.campaign.describe(
    'Your own name of the send: with it, the decisions are pinned as well.',
  ),
  send_at: z
    .string()
    .transform((text, context): Moment => {
      const moment = parseMoment(text);
      if (moment !== null) return moment;
      context.addIssue('must be a time with its zone, such as 2026-11-27T09:00+01:00 or 2026-11-27T08:00Z');
      return z.NEVER;
    })
    .nullable()
    .default(null)
    .describe(
      'When the message goes out, with the time zone, such as `2026-11-27T09:00+01:00`; at most 30 days ahead. Without it, as soon as everyone is looked up.',
    ),
  hold: z
    .string()
    .transform((text, context) => {
      const ms = parseDuration(text);
      if (ms !== null && ms >= 60_000 && ms <= MAX_HOLD_MS) return ms;
      context.addIssue('must be a time from 1m to 30d, written as 90m, 12h or 3d');
      return z.NEVER;
    })
    .default(12 * HOUR_MS)
    .describe(
      'How long after the send, or the end of the prefetch if that is later, what was found is used: `90m`, `12h` (default), `3d`.',
    ),
  column: z
    .string()
    .max(256, 'must be 256 characters or fewer')
    .nullable()
    .default(null)
    .describe('The name of the column, or key, that holds the ids, if it is none of the usual ones.'),
  id_kind: z
    .enum(['user_id', 'device_id'], 'must be user_id or device_id')
    .nullable()
    .default(null)
    .describe('What the ids are in a column of another name: `user_id` (default) or `device_id`.'),
  dry_run: Parameters.shape.explain.describe(
    '`1` reads the list and answers the estimate, and starts nothing.',
  ),
});

const NAMES: ReadonlySet<string> = new Set(Object.keys(PrefetchParameters.shape));

export type PrefetchQuestion = {
  readonly order: PrefetchOrder;
  readonly column: string | null;
  readonly idKind: Person['kind'] | null;
  readonly isDryRun: boolean;
};

export type FindNamed = (name: string) => { readonly placement: Placement } | null;

/** Reads the URL. Throws a problem that names each parameter that cannot be read, unknown ones too: a typing error would change who is exposed to what. */
export function parsePrefetchQuery(request: Request, find: FindNamed, nowMs: number): PrefetchQuestion {
  const raw = parseQuery(queryOf(request.url), NAMES);
  const { given, faults } = readOnce(raw);
  const parsed = PrefetchParameters.safeParse(Object.fromEntries(given));
  if (!parsed.success) {
    faults.push(...parsed.error.issues.map(({ path, message }) => `${path.join('.')} ${message}`));
  }
  const sendAt = parsed.data?.send_at ?? null;
  if (sendAt && sendAt.ms < nowMs - CLOCKS_DIFFER_MS) faults.push('send_at is over');
  if (sendAt && sendAt.ms > nowMs + MAX_AHEAD_MS) faults.push('send_at is more than 30 days ahead');
  if (!parsed.success || faults.length > 0) throw new Problem('invalid_parameters', `${faults.join('; ')}.`);
  const { placement, campaign, hold, column, id_kind, dry_run } = parsed.data;
  const placements = findPlacements(placement, find);
  return {
    order: { placements, campaign, sendAt, holdMs: hold },
    column,
    idKind: id_kind,
    isDryRun: dry_run,
  };
}

function readOnce({ values }: RawParameters): { given: Map<string, string>; faults: string[] } {
  const given = new Map<string, string>();
  const faults: string[] = [];
  for (const [name, [value = '', ...more]] of values) {
    if (!NAMES.has(name)) faults.push(`${cleanText(name, 40) ?? 'a nameless parameter'} is not known`);
    else if (more.length > 0) faults.push(`${name} is given more than once`);
    else if (MERGE_TAG.test(value.trim())) faults.push(`${name} is an unresolved merge tag`);
    else if (value.trim() !== '') given.set(name, value.trim());
  }
  return { given, faults };
}

/** Their names, each once, with whatever alias they were called. Throws a problem if one is not there, or switched off. */
export function findPlacements(list: string, find: FindNamed): string[] {
  const names = list
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '');
  if (names.length === 0) throw new Problem('invalid_parameters', 'placement names none.');
  const found = names.map((name) => {
    const placement = find(name)?.placement;
    if (!placement) throw new Problem('unknown_placement', 'No placement has this name; check its spelling.');
    if (!placement.enabled)
      throw new Problem('invalid_parameters', `The placement ${placement.name} is switched off.`);
    return placement.name;
  });
  return [...new Set(found)];
}
