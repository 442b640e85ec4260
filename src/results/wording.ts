// How numbers and lists read in sentences.

const SHORT = new Intl.NumberFormat('en-GB', { maximumSignificantDigits: 2 });
const WHOLE = new Intl.NumberFormat('en-GB', { maximumFractionDigits: 0 });

/** 0.3 → `30 %`, 0.018 → `1.8 %`, 3.456 → `346 %`. */
export function percent(share: number): string {
  const hundredth = Math.abs(share) * 100;
  const text = (hundredth < 10 ? SHORT : WHOLE).format(hundredth);
  return `${share < 0 && text !== '0' ? '−' : ''}${text} %`;
}

export function whole(count: number): string {
  return WHOLE.format(count);
}

const UNITS = [
  [86_400_000, 'day'],
  [3_600_000, 'hour'],
  [60_000, 'minute'],
  [1_000, 'second'],
] as const;

/** `7 days`, `6 hours`: in the largest unit of which it is one at least, rounded. */
export function time(ms: number): string {
  const [unitMs, unit] = UNITS.find(([unitMs]) => ms >= unitMs) ?? [1_000, 'second'];
  const count = Math.max(1, Math.round(ms / unitMs));
  return `${count} ${unit}${count === 1 ? '' : 's'}`;
}

const AND = new Intl.ListFormat('en-GB', { type: 'conjunction' });

/** `a, b and c` */
export function list(parts: readonly string[]): string {
  return AND.format(parts);
}
