import type { Readable } from 'node:stream';
import type { Person } from '../domain/person.ts';
import type { OnPeople } from '../domain/prefetch.ts';
import { AudienceError } from './audience-error.ts';
import { createFormatFinder } from './audience-format.ts';
import type { AudienceFormat, AudienceRow, IdColumns, IdKind, RowReader } from './audience-row.ts';
import { AudienceTally, type ImpossibleRows, type Oddities } from './audience-tally.ts';
import { readText } from './audience-text.ts';
import { type Packing, type UnpackedFile, unpack } from './audience-unpack.ts';
import { type Breathe, createBreathe, readUpload } from './audience-upload.ts';

/** What is said about an upload, and what is asked of it. */
export type AudienceOptions = {
  /** These three headers are hints: what the bytes look like counts for more. */
  readonly contentType: string | null;
  /** One of them, `deflate` and `br` cannot be told by their bytes. */
  readonly contentEncoding: string | null;
  readonly fileName: string | null;
  /**
   * The name of the column that holds the ids. A number that is no column's name counts columns, from 1, in a CSV file without a
   * header line: its first line is a person. Null: `user_id`, `external_id` (the same in Braze's words) or `device_id`.
   */
  readonly column: string | null;
  /** What ids in a column of another name are, `user_id` by default; with the known names, the only one that counts. */
  readonly idKind: IdKind | null;
  /** Default 5,000,000. */
  readonly maxUsers?: number;
  /** Most bytes of the file once it is unpacked; default 2 GiB. */
  readonly maxUnpackedBytes?: number;
  readonly signal?: AbortSignal | null;
};

export type AudienceReport = IdColumns & {
  /** All that are not blank lines, without the header: users, duplicates, blank and impossible ones. */
  readonly rows: number;
  readonly users: number;
  readonly format: AudienceFormat;
  readonly packing: Packing;
  /** People who came before. */
  readonly duplicates: Oddities;
  /** Rows without an id. */
  readonly blank: Oddities;
  /** Rows whose id cannot be one. */
  readonly impossible: ImpossibleRows;
};

const MAX_USERS = 5_000_000;
const MAX_UNPACKED_BYTES = 2 * 1_024 ** 3;
const BATCH = 500;

/**
 * Reads an uploaded audience, whatever its size: CSV, NDJSON or JSON, plain, gzip or zip. Each person comes once, in the order
 * of the file, some hundreds at a time; the next come when `onPeople` is done. Their ids may be parts of a larger text that stays
 * in memory as long as they do.
 *
 * Lines (1-based) are those of the file, in a JSON array its elements, in a zip of several files those of each. Rejects with
 * an `AudienceError`, perhaps after some people have come; with `signal.reason`; with what `onPeople` rejects with. The body is
 * not destroyed, so that an answer can still be sent.
 */
export async function readAudience(
  body: Readable,
  options: AudienceOptions,
  onPeople: OnPeople,
): Promise<AudienceReport> {
  const ended = new AbortController();
  const signals = options.signal ? [options.signal, ended.signal] : [ended.signal];
  const breathe = createBreathe();
  const upload = readUpload(body, AbortSignal.any(signals), breathe);
  try {
    const maxBytes = options.maxUnpackedBytes ?? MAX_UNPACKED_BYTES;
    return await new AudienceReader(options, onPeople, breathe).read(
      unpack(upload, options.contentEncoding, maxBytes),
    );
  } finally {
    // Lets go of the body, whose next bytes may be waited for.
    ended.abort();
    await upload.return(undefined);
  }
}

class AudienceReader {
  readonly #options: AudienceOptions;
  readonly #onPeople: OnPeople;
  readonly #breathe: Breathe;
  readonly #tally = new AudienceTally();
  #batch: Person[] = [];

  constructor(options: AudienceOptions, onPeople: OnPeople, breathe: Breathe) {
    this.#options = options;
    this.#onPeople = onPeople;
    this.#breathe = breathe;
  }

  async read(files: AsyncIterable<UnpackedFile>): Promise<AudienceReport> {
    let packing: Packing = 'plain';
    let first: RowReader | null = null;
    let columns: IdColumns | null = null;
    let lack: AudienceError | null = null;
    for await (const file of files) {
      packing = file.packing;
      const reader = await this.#readFile(file, first);
      first ??= reader;
      columns ??= reader?.columns() ?? null;
      lack ??= reader?.lack() ?? null;
    }
    await this.#hand();
    const { rows, users } = this.#tally;
    if (first && columns && rows > 0) {
      return { rows, users, ...columns, format: first.format, packing, ...this.#tally.oddities() };
    }
    throw lack ?? new AudienceError('empty', 'The file holds nobody.');
  }

  /** Null for a file with nothing in it. */
  async #readFile({ name, bytes }: UnpackedFile, first: RowReader | null): Promise<RowReader | null> {
    const { contentType, fileName } = this.#options;
    const hints = name === null ? { contentType, fileName } : { contentType: null, fileName: name };
    const findFormat = createFormatFinder(hints, this.#options);
    let reader: RowReader | null = null;
    const take = async (text: string, isLast: boolean): Promise<void> => {
      const found = reader ? { reader, text } : findFormat(text, isLast);
      if (!found) return;
      reader = found.reader;
      const rows = reader.read(found.text, isLast);
      requireSameShape(reader, first);
      await this.#take(rows);
    };
    for await (const text of readText(bytes)) await take(text, false);
    await take('', true);
    return reader;
  }

  async #take(rows: readonly AudienceRow[]): Promise<void> {
    for (const row of rows) {
      const person = this.#tally.take(row);
      if (!person) continue;
      this.#batch.push(person);
      if (this.#batch.length === BATCH) await this.#hand();
    }
    await this.#breathe();
  }

  async #hand(): Promise<void> {
    this.#options.signal?.throwIfAborted();
    const most = this.#options.maxUsers ?? MAX_USERS;
    if (this.#tally.users > most) {
      const told = most.toLocaleString('en');
      throw new AudienceError('too_many_users', `The file holds more than ${told} people. Send it in parts.`);
    }
    const people = this.#batch;
    this.#batch = [];
    if (people.length > 0) await this.#onPeople(people);
    await this.#breathe();
  }
}

/** Large exports come as several files with the same columns; anything else was put together by somebody. */
function requireSameShape(reader: RowReader, first: RowReader | null): void {
  const shape = reader.shape();
  if (!first || shape === null || (reader.format === first.format && shape === first.shape())) return;
  throw new AudienceError(
    'several_files',
    'The zip holds several files that are not parts of one: their format or columns differ. Send the one that is meant.',
  );
}
