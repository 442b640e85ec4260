import type { Readable } from 'node:stream';
import { type Person, parsePerson } from '../domain/person.ts';
import type { AudienceReport, OddPeople } from '../domain/prefetch.ts';

const COLUMNS = ['user_id', 'device_id', 'external_id'];
const AT_ONCE = 500;
const FIRST_LINES = 5;

export class AudienceError extends Error {
  override readonly name = 'AudienceError';
}

/** The simplest list there is: a header line, cells without quotes, and ids that fit into memory. */
export async function readPlainCsv(
  body: Readable,
  { column }: { readonly column: string | null },
  onPeople: (people: readonly Person[]) => Promise<void>,
): Promise<AudienceReport> {
  const seen = new Set<string>();
  const odd = { duplicates: noted(), blank: noted(), impossible: noted() };
  let header: { readonly name: string; readonly index: number } | null = null;
  let people: Person[] = [];
  let line = 0;
  for await (const text of linesOf(body)) {
    line += 1;
    if (header === null) {
      header = findColumn(text, column);
      continue;
    }
    const id = text.split(',')[header.index] ?? '';
    const isDevice = header.name === 'device_id';
    const person = isDevice ? parsePerson(null, id) : parsePerson(id, null);
    if (person === 'no_user') note(odd.blank, line);
    else if (typeof person === 'string') note(odd.impossible, line);
    else if (seen.has(person.id)) note(odd.duplicates, line);
    else {
      seen.add(person.id);
      people.push(person);
    }
    if (people.length < AT_ONCE) continue;
    await onPeople(people);
    people = [];
  }
  if (header === null) throw new AudienceError('It is empty.');
  if (people.length > 0) await onPeople(people);
  return {
    rows: line - 1,
    users: seen.size,
    idColumn: header.name,
    idKind: header.name === 'device_id' ? 'device_id' : 'user_id',
    deviceColumn: null,
    ...{ format: 'csv', packing: 'plain', ...odd },
    impossible: { ...odd.impossible, reasons: {} },
  };
}

function findColumn(text: string, column: string | null): { name: string; index: number } {
  const names = text.split(',').map((name) => name.trim());
  const index = names.findIndex((name) => (column === null ? COLUMNS.includes(name) : name === column));
  const name = names[index];
  if (name === undefined)
    throw new AudienceError(`It has the columns ${names.join(', ')}: name one with column=.`);
  return { name, index };
}

async function* linesOf(body: Readable): AsyncGenerator<string> {
  let rest = '';
  // Left open, so that an answer can still be sent.
  for await (const chunk of body.setEncoding('utf8').iterator({ destroyOnReturn: false })) {
    const lines = `${rest}${chunk}`.split(/\r?\n/);
    rest = lines.pop() ?? '';
    yield* lines;
  }
  if (rest !== '') yield rest;
}

type Noted = { count: number; firstLines: number[] } & OddPeople;

function noted(): Noted {
  return { count: 0, firstLines: [] };
}

function note(odd: Noted, line: number): void {
  odd.count += 1;
  if (odd.firstLines.length < FIRST_LINES) odd.firstLines.push(line);
}
