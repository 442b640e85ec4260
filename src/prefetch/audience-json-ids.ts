import { describeColumns, findIdColumns, kindOf, noIdColumn, type WantedColumn } from './audience-columns.ts';
import type { AudienceError } from './audience-error.ts';
import type { AudienceRow, IdColumns } from './audience-row.ts';

/** Reads ids from rows of JSON: objects, or ids alone. */
export type JsonIds = {
  /** A value, how it is written, and the line or element that it is. Throws an `AudienceError`. */
  read(value: unknown, json: string, line: number): AudienceRow;
  columns(): IdColumns | null;
  /** What to say if nothing had an id; null if something had, or nothing came. */
  lack(): AudienceError | null;
};

type Keys = { readonly user: string | null; readonly device: string | null };
type JsonObject = Readonly<Record<string, unknown>>;

export function createJsonIds(wanted: WantedColumn): JsonIds {
  let keys: Keys = { user: null, device: null };
  let columns: IdColumns | null = null;
  let firstNames: readonly string[] | null = null;

  /** Objects may lack what they have no value for, so each may show more. */
  const learn = (object: JsonObject): void => {
    const names = Object.keys(object);
    firstNames ??= names;
    const found = findIdColumns(names, wanted);
    if (!found) return;
    keys = { user: nameAt(names, found.user), device: nameAt(names, found.device) };
    const described = describeColumns(names, found);
    columns ??= described;
    columns = { ...columns, deviceColumn: columns.deviceColumn ?? described.deviceColumn };
  };

  const readObject = (object: JsonObject, json: string, line: number): AudienceRow => {
    const row = rowOf(object, keys, json, line);
    if (!isNobody(row)) return row;
    learn(object);
    return rowOf(object, keys, json, line);
  };

  const readAlone = (value: unknown, json: string, line: number): AudienceRow => {
    const idKind = wanted.idKind ?? kindOf(wanted.column);
    columns ??= { idColumn: null, idKind, deviceColumn: null };
    const id = idOf(value, () => json.trim());
    if (id === undefined) return { line, fault: 'not_text' };
    return idKind === 'user_id' ? { line, userId: id, deviceId: null } : { line, userId: null, deviceId: id };
  };

  return {
    read(value, json, line) {
      return isObject(value) ? readObject(value, json, line) : readAlone(value, json, line);
    },
    columns: () => columns,
    lack: () => (firstNames && !columns ? noIdColumn(firstNames, wanted, '.') : null),
  };
}

function rowOf(object: JsonObject, { user, device }: Keys, json: string, line: number): AudienceRow {
  const userId = idUnder(object, user, json);
  const deviceId = idUnder(object, device, json);
  if (userId === undefined || deviceId === undefined) return { line, fault: 'not_text' };
  return { line, userId, deviceId };
}

function isNobody(row: AudienceRow): boolean {
  return 'userId' in row && isBlank(row.userId) && isBlank(row.deviceId);
}

function isBlank(id: string | null): boolean {
  return id === null || id.trim() === '';
}

function idUnder(object: JsonObject, key: string | null, json: string): string | null | undefined {
  if (key === null || !Object.hasOwn(object, key)) return null;
  return idOf(object[key], () => sourceOf(json, key));
}

/** Undefined for what cannot be one. */
function idOf(value: unknown, source: () => string): string | null | undefined {
  if (typeof value === 'string') return value;
  if (value === null) return null;
  if (typeof value !== 'number') return undefined;
  if (Number.isSafeInteger(value)) return String(value);
  // Its last digits are lost in a JavaScript number.
  const digits = source();
  return /^-?\d+$/.test(digits) ? digits : undefined;
}

/** How the number of this member of the outermost object is written. */
function sourceOf(json: string, key: string): string {
  const numbers: { readonly holder: unknown; readonly source: string }[] = [];
  const note = function (
    this: unknown,
    name: string,
    value: unknown,
    context?: { source?: string },
  ): unknown {
    if (name === key && typeof value === 'number')
      numbers.push({ holder: this, source: context?.source ?? '' });
    return value;
  };
  try {
    const outermost: unknown = JSON.parse(json, note);
    return numbers.find(({ holder }) => holder === outermost)?.source ?? '';
  } catch (error) {
    // It goes as deep as the value does, which without it is not so.
    if (error instanceof RangeError) return '';
    throw error;
  }
}

function nameAt(names: readonly string[], index: number | null): string | null {
  return index === null ? null : (names[index] ?? null);
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
