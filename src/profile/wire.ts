import { z } from 'zod';
import type { Lookup, Prediction, TraitRequest, Traits, TraitValue } from '../domain/profile.ts';
import { NO_TRAITS } from '../domain/profile.ts';
import { parseJson } from '../parse-json.ts';

// Amplitude's User Profile API as its pages and its recommendation guide show it; the two differ in places, and
// both shapes are read. This file is the only one that knows its names.

/** Everything one call asks for. */
export type ProfileQuery = {
  readonly person: { readonly kind: 'user_id' | 'device_id'; readonly id: string };
  readonly recommendations: readonly string[];
  readonly traits: TraitRequest;
};

/** The query string, without `?`. Never `rec_type`: it would override the experiment's arm. */
export function formatQuery({ person, recommendations, traits }: ProfileQuery): string {
  const pairs = [
    [person.kind, person.id],
    ['get_recs', 'true'],
    ['rec_id', recommendations.join(',')],
  ];
  if (traits.properties.length > 0) pairs.push(['get_amp_props', 'true']);
  if (traits.cohorts.length > 0) pairs.push(['get_cohort_ids', 'true']);
  if (traits.predictions.length > 0) {
    pairs.push(['get_propensity', 'true'], ['prediction_id', traits.predictions.join(',')]);
  }
  return pairs
    .map(([name, value]) => `${name}=${encodeURIComponent((value ?? '').toWellFormed())}`)
    .join('&');
}

const Body = z.object({ error: z.unknown(), userData: z.unknown() }).partial();
const UserData = z
  .object({
    recommendations: z.array(z.unknown()).nullable(),
    amp_props: z.unknown(),
    cohort_ids: z.unknown(),
    cohort_memberships: z.unknown(),
    predictions: z.unknown(),
    propensities: z.unknown(),
  })
  .partial();
const Entry = z.object({
  rec_id: z.string(),
  is_control: z.boolean(),
  items: z.unknown().optional(),
});
const Items = z.array(z.unknown()).nullish();

/** What one HTTP answer says about each of the recommendations asked for. */
export function parseAnswer(status: number, text: string, query: ProfileQuery): Map<string, Lookup> {
  const answer = readAnswer(status, text);
  return new Map(
    query.recommendations.map((id) => [
      id,
      'data' in answer ? findRecommendation(answer.data, id, query.traits) : answer,
    ]),
  );
}

type Answer = Lookup | { readonly data: z.infer<typeof UserData> };

function readAnswer(status: number, text: string): Answer {
  const body = parseJson(Body, text);
  // The error bodies have no documented status, so they count before any status does.
  const error = readError(body);
  if (error !== null && /not seen before/i.test(error)) return { status: 'unknown_user' };
  if (error !== null && /exceeds system limit/i.test(error)) return unavailable('throttled');
  if (status === 429) return unavailable('throttled');
  if (status === 408 || status >= 500) return unavailable('upstream_error');
  // 401, 403, 404, a redirect: the key or the address is wrong, and asking again will not help.
  if (status < 200 || status >= 300) return unavailable('upstream_rejected');
  if (error !== null) return unavailable('upstream_error');
  const data = UserData.safeParse(body?.userData);
  return data.success ? { data: data.data } : unavailable('invalid_response');
}

function readError(body: z.infer<typeof Body> | null): string | null {
  const error = body?.error;
  if (error === undefined || error === null || error === '' || error === false) return null;
  return typeof error === 'string' ? error : JSON.stringify(error);
}

function unavailable(reason: Extract<Lookup, { status: 'unavailable' }>['reason']): Lookup {
  return { status: 'unavailable', reason };
}

function findRecommendation(data: z.infer<typeof UserData>, id: string, asked: TraitRequest): Lookup {
  const ours = (data.recommendations ?? []).filter((entry) => isRecord(entry) && entry.rec_id === id);
  const traits = readTraits(data, asked);
  if (ours.length === 0) return { status: 'no_recommendation', traits };
  const entries = ours.map((entry) => Entry.safeParse(entry).data);
  const [first] = entries;
  // Nothing but a boolean is an assignment, and two that contradict each other are none.
  if (!first || entries.some((entry) => entry?.is_control !== first.is_control)) {
    return unavailable('invalid_response');
  }
  if (first.is_control) return { status: 'found', isControl: true, items: [], traits };
  const listed = Items.safeParse(first.items);
  if (!listed.success) return unavailable('invalid_response');
  const items = (listed.data ?? [])
    .filter((item) => typeof item === 'string')
    .filter((item) => item.trim() !== '');
  return items.length === 0
    ? { status: 'no_recommendation', traits }
    : { status: 'found', isControl: false, items, traits };
}

function readTraits(data: z.infer<typeof UserData>, asked: TraitRequest): Traits {
  if (asked.properties.length + asked.cohorts.length + asked.predictions.length === 0) return NO_TRAITS;
  const memberships = new Set([...asArray(data.cohort_ids), ...asArray(data.cohort_memberships)]);
  return {
    properties: readProperties(data.amp_props, asked.properties),
    cohorts: asked.cohorts.filter((id) => memberships.has(id)),
    predictions: Object.fromEntries(asked.predictions.map((id) => [id, readPrediction(data, id)])),
  };
}

/** Only what was asked for: the answer holds every property of the person. */
function readProperties(properties: unknown, asked: readonly string[]): Traits['properties'] {
  const found: Record<string, TraitValue> = {};
  if (!isRecord(properties)) return found;
  for (const name of asked) {
    const bare = name.replace(/^gp:/, '');
    const from = [name, bare, `gp:${bare}`].find((key) => Object.hasOwn(properties, key));
    const value = from === undefined ? null : properties[from];
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') {
      found[name] = value;
    }
  }
  return found;
}

function readPrediction(data: z.infer<typeof UserData>, id: string): Prediction {
  const found: { probability: number | null; percentile: number | null } = {
    probability: null,
    percentile: null,
  };
  for (const entry of [...asArray(data.predictions), ...asArray(data.propensities)]) {
    if (!isRecord(entry) || entry.pred_id !== id) continue;
    const isRank = entry.prop_type === 'pct';
    const score = isRank ? null : (entry.probability ?? entry.propensity ?? entry.prop);
    found.probability ??= asNumber(score);
    found.percentile ??= asNumber(isRank ? entry.prop : entry.percentile);
  }
  return found;
}

function asNumber(value: unknown): number | null {
  if (typeof value !== 'number' && (typeof value !== 'string' || value.trim() === '')) return null;
  const number = Number(value);
  return Number.isFinite(number) ? number : null;
}

function asArray(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
