/** A moment, and the time zone in which whoever named it reads clocks. */
export type Moment = {
  /** Since 1970. */
  readonly ms: number;
  /** East of UTC, in minutes. */
  readonly offsetMinutes: number;
};

const ISO = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?) ?(Z|[+-]?\d{2}:?\d{2})$/i;

/**
 * ISO 8601 with a time zone, `2026-11-27T09:00+01:00` or `…Z`; null for anything else. In a URL a raw `+` may have become
 * a space.
 */
export function parseMoment(text: string): Moment | null {
  const [, day, time, zone] = ISO.exec(text.trim()) ?? [];
  if (day === undefined || time === undefined || zone === undefined) return null;
  const [, sign, hours = '0', minutes = '0'] = /^([+-]?)(\d{2}):?(\d{2})$/.exec(zone) ?? [];
  const offsetMinutes = (Number(hours) * 60 + Number(minutes)) * (sign === '-' ? -1 : 1);
  const local = Date.parse(`${day}T${time}Z`);
  if (Number.isNaN(local) || new Date(local).toISOString().slice(0, 10) !== day) return null;
  if (Number(hours) > 14 || Number(minutes) > 59) return null;
  return { ms: local - offsetMinutes * 60_000, offsetMinutes };
}

/** `2026-11-27T09:00:00+01:00` */
export function formatMoment({ ms, offsetMinutes }: Moment): string {
  const local = new Date(ms + offsetMinutes * 60_000).toISOString().slice(0, 19);
  if (offsetMinutes === 0) return `${local}Z`;
  const minutes = Math.abs(offsetMinutes);
  const pad = (value: number): string => String(value).padStart(2, '0');
  return `${local}${offsetMinutes < 0 ? '-' : '+'}${pad(Math.floor(minutes / 60))}:${pad(minutes % 60)}`;
}

/** `03:20`, with the day in front where it is not the same as `nowMs`, and behind it `UTC` where that is the zone. */
export function formatClock({ ms, offsetMinutes }: Moment, nowMs: number): string {
  const localOf = (at: number): string => new Date(at + offsetMinutes * 60_000).toISOString();
  const [day, today] = [localOf(ms).slice(0, 10), localOf(nowMs).slice(0, 10)];
  const time = localOf(ms).slice(11, 16);
  return `${day === today ? '' : `${day} `}${time}${offsetMinutes === 0 ? ' UTC' : ''}`;
}
