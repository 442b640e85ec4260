import { z } from 'zod';

/** What became of a request, by what Amplitude documents of its HTTP API V2. Indexes are those of the events in it. */
export type Outcome =
  | { readonly kind: 'taken' }
  /** These must not be sent again, and the others were not taken. */
  | { readonly kind: 'refused'; readonly refused: ReadonlySet<number> }
  /** Something is wrong with it, and it is not told with which event. */
  | { readonly kind: 'unreadable' }
  | { readonly kind: 'too_large' }
  /** Nothing was taken. `throttled` wait for half a minute, `overQuota` will not be taken today; both empty: all wait. */
  | {
      readonly kind: 'throttled';
      readonly throttled: ReadonlySet<number>;
      readonly overQuota: ReadonlySet<number>;
    }
  /** It may have been taken or not. */
  | { readonly kind: 'failed'; readonly reason: string }
  /** The key or the URL is wrong, or a firewall stands in between: no event is at fault. */
  | { readonly kind: 'denied'; readonly reason: string };

const Indexes = z.array(z.number()).catch([]);
const ByField = z.record(z.string(), Indexes).catch({});
const ById = z.record(z.string(), z.unknown()).catch({});

const Body = z.object({
  code: z.number().nullable().catch(null),
  error: z.string().catch(''),
  missing_field: z.string().nullable().catch(null),
  events_with_invalid_fields: ByField,
  events_with_missing_fields: ByField,
  events_with_invalid_id_lengths: ByField,
  silenced_events: Indexes,
  throttled_events: Indexes,
  throttled_users: ById,
  throttled_devices: ById,
  exceeded_daily_quota_users: ById,
  exceeded_daily_quota_devices: ById,
});
type Body = z.infer<typeof Body>;

/** Reads an answer. `lines` are the events that were sent. */
export function parseOutcome(status: number, text: string, lines: readonly string[]): Outcome {
  const body = parseBody(text);
  switch (status) {
    case 200:
      // A proxy may answer in Amplitude's place.
      return body.code === 200 ? { kind: 'taken' } : { kind: 'failed', reason: 'not_amplitude' };
    case 400:
      return parseRefusal(body, lines.length);
    case 413:
      return { kind: 'too_large' };
    case 429:
      return parseThrottling(body, lines);
    default:
      // 408 and all from 500 on may mend by themselves.
      return status >= 300 && status < 500 && status !== 408
        ? { kind: 'denied', reason: `status_${status}` }
        : { kind: 'failed', reason: `status_${status}` };
  }
}

function parseBody(text: string): Body {
  try {
    return Body.parse(JSON.parse(text));
  } catch {
    return Body.parse({});
  }
}

function parseRefusal(body: Body, count: number): Outcome {
  if (/^invalid api.?key/i.test(body.error) || body.missing_field === 'api_key') {
    return { kind: 'denied', reason: 'wrong_key' };
  }
  const byField = [
    body.events_with_invalid_fields,
    body.events_with_missing_fields,
    body.events_with_invalid_id_lengths,
  ];
  const named = [...byField.flatMap((fields) => Object.values(fields).flat()), ...body.silenced_events];
  const refused = new Set(named.filter((index) => index < count));
  return refused.size > 0 ? { kind: 'refused', refused } : { kind: 'unreadable' };
}

function parseThrottling(body: Body, lines: readonly string[]): Outcome {
  const isOf = createIsOf(lines);
  const overQuota = isOf(body.exceeded_daily_quota_users, body.exceeded_daily_quota_devices);
  const throttled = new Set([
    ...body.throttled_events.filter((index) => index < lines.length),
    ...isOf(body.throttled_users, body.throttled_devices),
  ]);
  return { kind: 'throttled', overQuota, throttled: throttled.difference(overQuota) };
}

type Ids = Readonly<Record<string, unknown>>;

/** Which of the events are those of some users or devices. */
function createIsOf(lines: readonly string[]): (users: Ids, devices: Ids) => ReadonlySet<number> {
  return (users, devices) => {
    if (Object.keys(users).length + Object.keys(devices).length === 0) return new Set();
    const indexes = lines.flatMap((line, index) => {
      const { user_id, device_id } = JSON.parse(line);
      return Object.hasOwn(users, user_id ?? '') || Object.hasOwn(devices, device_id ?? '') ? [index] : [];
    });
    return new Set(indexes);
  };
}
