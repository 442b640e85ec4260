import { formatMoment } from '../domain/moment.ts';
import { type AudienceReport, type Estimate, EXPOSURE_WARNING, type Prefetch } from '../domain/prefetch.ts';

// Prefetches in JSON: snake_case, times in ISO 8601, absent values null.

export function prefetchToJson(prefetch: Prefetch) {
  const { id, state, reason, placements, campaign, sendAt, holdMs, audience, counts } = prefetch;
  return {
    ...{ id, state, reason, text: prefetch.text, placements, campaign },
    send_at: sendAt && formatMoment(sendAt),
    hold_seconds: holdMs / 1_000,
    users: audience.users,
    done: prefetch.done,
    already_known: prefetch.known,
    retrying: prefetch.retrying,
    failed: prefetch.failed,
    forgotten: prefetch.forgotten,
    results: counts,
    calls: prefetch.calls,
    rate_per_minute: prefetch.perMinute,
    remaining_seconds: prefetch.remainingSeconds,
    ready_at: toIso(prefetch.readyAtMs),
    created_at: toIso(prefetch.createdAtMs),
    started_at: toIso(prefetch.startedAtMs),
    ended_at: toIso(prefetch.endedAtMs),
    held_until: toIso(prefetch.heldUntilMs),
    audience: audienceToJson(audience),
    links: linksOf(id),
  };
}

export function audienceToJson(audience: AudienceReport) {
  const odd = ({ count, firstLines }: AudienceReport['blank']) => ({ count, first_lines: firstLines });
  return {
    rows: audience.rows,
    users: audience.users,
    id_column: audience.idColumn,
    id_kind: audience.idKind,
    device_column: audience.deviceColumn,
    format: audience.format,
    packing: audience.packing,
    duplicates: odd(audience.duplicates),
    blank: odd(audience.blank),
    impossible: { ...odd(audience.impossible), reasons: audience.impossible.reasons },
  };
}

/** What is told before and at the start. */
export function estimateToJson({ calls, seconds, readyAtMs, startByMs, text }: Estimate) {
  return {
    estimated_calls: calls,
    estimated_seconds: seconds,
    ready_at: toIso(readyAtMs),
    start_by: toIso(startByMs),
    text,
    warning: EXPOSURE_WARNING,
  };
}

function linksOf(id: string) {
  const self = `/v1/prefetches/${id}`;
  return { self, pause: `${self}/pause`, resume: `${self}/resume`, cancel: `${self}/cancel` };
}

function toIso(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}
