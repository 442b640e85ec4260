import { AudienceError } from './audience-error.ts';
import { tellableNames } from './audience-header-names.ts';
import type { IdColumns, IdKind } from './audience-row.ts';

/** What the caller says about columns. */
export type WantedColumn = {
  /** Null for one of the known names. */
  readonly column: string | null;
  /** Whose id is in a column of another name; with the known names, which of them count. Null: user ids, and both. */
  readonly idKind: IdKind | null;
};

/** Which of the names are those of ids, by their index. At least one of them is not null. */
export type FoundColumns = { readonly user: number | null; readonly device: number | null };

/** The first of them counts: what Braze calls an external id is a user id by another name. */
const USER_NAMES = ['user_id', 'external_id'];
const DEVICE_NAMES = ['device_id'];

/**
 * Finds the ids among the columns' names. Letter case, and blanks and dashes for underscores, make no difference. With columns
 * of both kinds the user id counts, and where that is blank the device id, as in a message's own call. Null if there is none.
 * Throws an `AudienceError` if two have the name that counts.
 */
export function findIdColumns(
  names: readonly string[],
  { column, idKind }: WantedColumn,
): FoundColumns | null {
  if (column !== null) {
    const index = findNamed(names, column);
    return index === null ? null : asKind(index, idKind ?? kindOf(column));
  }
  const user = idKind === 'device_id' ? null : findOne(names, USER_NAMES);
  const device = idKind === 'user_id' ? null : findOne(names, DEVICE_NAMES);
  return user === null && device === null ? null : { user, device };
}

/** The column at `index`, as one of ids of this kind. */
export function asKind(index: number, kind: IdKind): FoundColumns {
  return kind === 'user_id' ? { user: index, device: null } : { user: null, device: index };
}

/** What an id under this name is; also of a list whose ids have no name. */
export function kindOf(name: string | null): IdKind {
  return name !== null && DEVICE_NAMES.includes(normalized(name)) ? 'device_id' : 'user_id';
}

export function isKnownName(name: string): boolean {
  return [...USER_NAMES, ...DEVICE_NAMES].includes(normalized(name));
}

export function describeColumns(names: readonly string[], { user, device }: FoundColumns): IdColumns {
  const idColumn = names[user ?? device ?? -1]?.trim() ?? null;
  const deviceColumn = user !== null && device !== null ? (names[device]?.trim() ?? null) : null;
  return { idColumn, idKind: user === null ? 'device_id' : 'user_id', deviceColumn };
}

/** One that differs in letter case only must not get in the way of the exact one. */
function findNamed(names: readonly string[], column: string): number | null {
  const exact = names.map((name) => name.trim()).indexOf(column.trim());
  const isRepeated = names.some((name, index) => index > exact && name.trim() === column.trim());
  return exact !== -1 && !isRepeated ? exact : findOne(names, [normalized(column)]);
}

function findOne(names: readonly string[], wanted: readonly string[]): number | null {
  const given = names.map(normalized);
  const name = wanted.find((each) => given.includes(each));
  if (name === undefined) return null;
  const index = given.indexOf(name);
  if (index === given.lastIndexOf(name)) return index;
  throw new AudienceError('ambiguous_column', 'Two columns have the name of the one that holds the ids.');
}

function normalized(name: string): string {
  return name
    .trim()
    .toLowerCase()
    .replace(/[\s-]+/g, '_');
}

/** `hint` goes on after the advice to name a column. */
export function noIdColumn(
  names: readonly string[],
  { column, idKind }: WantedColumn,
  hint = '',
): AudienceError {
  const told = tellableNames(names);
  const found = told.length > 0 ? ` There are: ${told.join(', ')}.` : '';
  const sought = column === null ? `called ${soughtNames(idKind)}` : 'of the name asked for';
  const advice = `Name the one that holds the ids with column=…${hint}`;
  return new AudienceError('no_id_column', `No column is ${sought}.${found} ${advice}`);
}

function soughtNames(idKind: IdKind | null): string {
  if (idKind === null) return 'user_id, external_id or device_id';
  return (idKind === 'user_id' ? USER_NAMES : DEVICE_NAMES).join(' or ');
}
