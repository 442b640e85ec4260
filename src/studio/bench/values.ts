import { toValue } from 'liquidjs';

/** A value as a filter for texts takes it. */
export function toText(raw: unknown): string {
  const value = toValue(raw) as unknown;
  if (value === null || value === undefined) return '';
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) return value.map(toText).join('');
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** A value as Liquid calculates with it: a text counts for the number that it begins with. */
export function toNumber(raw: unknown): number {
  const value = toValue(raw) as unknown;
  if (typeof value === 'number') return value;
  const [number] = /^\s*-?\d+(?:\.\d+)?/.exec(toText(value)) ?? [];
  return number === undefined ? 0 : Number(number);
}

/** Numbers with a point are divided exactly, others are not. */
export function isWhole(raw: unknown): boolean {
  const value = toValue(raw) as unknown;
  return typeof value === 'number' ? Number.isInteger(value) : !/^\s*-?\d+\.\d/.test(toText(value));
}
