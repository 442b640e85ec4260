import { toValue } from 'liquidjs';

/** Thrown where something would become larger than it may. */
export class TooLargeError extends Error {}

/** A value as Liquid prints it. Throws a `TooLargeError` beyond so many characters. */
export function print(value: unknown, most: number): string {
  const room = { left: most };
  const text = printValue(value, room);
  if (text.length > most) throw new TooLargeError();
  return text;
}

/** Throws a `TooLargeError` if the value holds more than so many characters and entries. */
export function checkSize(value: unknown, most: number): void {
  take(value, { left: most });
}

type Room = { left: number };

function printValue(raw: unknown, room: Room): string {
  const value = toValue(raw) as unknown;
  if (value === null || value === undefined) return '';
  if (typeof value === 'string') return spend(value, room);
  if (Array.isArray(value)) return value.map((entry) => printValue(entry, room)).join('');
  return spend(typeof value === 'object' ? inspect(value) : String(value), room);
}

/** As Ruby shows an object, which is what comes out of an output that names one. */
function inspect(value: object): string {
  return JSON.stringify(value).replaceAll('":', '"=>').replaceAll('=>null', '=>nil');
}

function spend(text: string, room: Room): string {
  room.left -= text.length + 1;
  if (room.left < -1) throw new TooLargeError();
  return text;
}

function take(value: unknown, room: Room): void {
  if (typeof value === 'string') spend(value, room);
  else if (Array.isArray(value)) for (const entry of value) take(entry, room);
  else spend('', room);
}
