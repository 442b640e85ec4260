import { Readable } from 'node:stream';
import type { Person } from '../../src/domain/person.ts';
import { type AudienceOptions, type AudienceReport, readAudience } from '../../src/prefetch/audience.ts';
import { AudienceError } from '../../src/prefetch/audience-error.ts';

/** Nothing is said and nothing asked. */
export const NO_OPTIONS: AudienceOptions = {
  contentType: null,
  contentEncoding: null,
  fileName: null,
  column: null,
  idKind: null,
};

export type Reading = { readonly people: readonly Person[]; readonly report: AudienceReport };

export async function read(
  file: string | Uint8Array | readonly Uint8Array[],
  options: Partial<AudienceOptions> = {},
): Promise<Reading> {
  const chunks = Array.isArray(file) ? file : [Buffer.from(file as string | Uint8Array)];
  const people: Person[] = [];
  const report = await readAudience(Readable.from(chunks), { ...NO_OPTIONS, ...options }, async (some) => {
    people.push(...some);
  });
  return { people, report };
}

/** Short: `anna` for a user, `device d-1` for a device. */
export function shortly(people: readonly Person[]): readonly string[] {
  return people.map(({ kind, id }) => (kind === 'user_id' ? id : `device ${id}`));
}

export async function readShortly(
  file: string | Uint8Array,
  options: Partial<AudienceOptions> = {},
): Promise<readonly string[]> {
  return shortly((await read(file, options)).people);
}

/** What reading it is refused with. Everything else is thrown on. */
export async function refusal(
  file: string | Uint8Array | readonly Uint8Array[],
  options: Partial<AudienceOptions> = {},
): Promise<AudienceError> {
  try {
    await read(file, options);
  } catch (error) {
    if (error instanceof AudienceError) return error;
    throw error;
  }
  throw new Error('it was read');
}

/** The bytes in pieces that end at these places. */
export function cutAt(bytes: Uint8Array, cuts: readonly number[]): readonly Uint8Array[] {
  const places = cuts.map((cut) => cut % (bytes.length + 1)).toSorted((a, b) => a - b);
  return [...places, bytes.length].map((place, index) => bytes.subarray(places[index - 1] ?? 0, place));
}
