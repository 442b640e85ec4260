/** As it was sent. */
export type Event = Readonly<Record<string, unknown>>;

export type Reply = { readonly status: number; readonly body: object };

/** Events per second of one user or device. */
const EPS_THRESHOLD = 30;

const REFUSED_IDS = new Set(
  'anonymous nil none null n/a na undefined unknown "" 00000000-0000-0000-0000-000000000000 {} lmy47d 0 -1'.split(
    ' ',
  ),
);

export const TOO_LARGE: Reply = { status: 413, body: { code: 413, error: 'Payload too large' } };

export function refuse(error: string, more: object = {}): Reply {
  return { status: 400, body: { code: 400, error, ...more } };
}

export function idOf({ user_id, device_id }: Event): string {
  return String(user_id ?? device_id);
}

/** Null if every event can be taken. */
export function findFaults(events: readonly Event[], minIdLength: number): Reply | null {
  const indexesOf = (isFaulty: (event: Event) => boolean): number[] =>
    events.flatMap((event, index) => (isFaulty(event) ? [index] : []));
  const isShort = (field: string) => (event: Event) =>
    typeof event[field] === 'string' && event[field].length < minIdLength;
  const isRefused = (field: string) => (event: Event) => REFUSED_IDS.has(String(event[field] ?? 'somebody'));
  const faults = {
    events_with_missing_fields: {
      event_type: indexesOf(({ event_type }) => typeof event_type !== 'string' || event_type === ''),
      user_id: indexesOf(({ user_id, device_id }) => user_id === undefined && device_id === undefined),
    },
    events_with_invalid_fields: {
      time: indexesOf(({ time }) => time !== undefined && !Number.isSafeInteger(time)),
      user_id: indexesOf(isRefused('user_id')),
      device_id: indexesOf(isRefused('device_id')),
    },
    events_with_invalid_id_lengths: {
      user_id: indexesOf(isShort('user_id')),
      device_id: indexesOf(isShort('device_id')),
    },
  };
  const found = Object.entries(faults).map(([kind, fields]) => [
    kind,
    Object.fromEntries(Object.entries(fields).filter(([, indexes]) => indexes.length > 0)),
  ]);
  const isFaulty = found.some(([, fields]) => Object.keys(fields ?? {}).length > 0);
  return isFaulty ? refuse('Invalid field values on some events', Object.fromEntries(found)) : null;
}

export function throttle(events: readonly Event[], throttled: readonly Event[]): Reply {
  const rates = (field: string): object =>
    Object.fromEntries(
      throttled.flatMap((event) =>
        typeof event[field] === 'string' ? [[event[field], EPS_THRESHOLD + 1]] : [],
      ),
    );
  return {
    status: 429,
    body: {
      code: 429,
      error: 'Too many requests for some devices and users',
      eps_threshold: EPS_THRESHOLD,
      throttled_devices: rates('device_id'),
      throttled_users: rates('user_id'),
      throttled_events: throttled.map((event) => events.indexOf(event)),
    },
  };
}
