import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Agent } from 'undici';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { createCatalogue } from '../../src/content/catalogue.ts';
import { openFileSource } from '../../src/content/file.ts';
import { createHttpRows } from '../../src/content/http.ts';
import { openPostgresRows } from '../../src/content/postgres.ts';
import type { ContentSource, FetchRows } from '../../src/content/source.ts';
import type { HttpDeclaration, PostgresDeclaration } from '../../src/domain/content-source.ts';
import { createMemoryStore } from '../../src/store/memory.ts';
import { openCms } from '../support/cms.ts';
import { type Postgres, postgresFolder, startPostgres } from '../support/postgres.ts';
import { COLUMNS, DECLARED, describeContentSource, type TextRow } from './conformance.ts';

const clock = { monotonic: () => performance.now(), wall: () => Date.now() };

const REMOTE = {
  ...{ batch: 100, timeoutMs: 10_000, freshMs: 60_000, staleMs: 60_000 },
  ...{ staleIfErrorMs: 60_000, missingMs: 60_000 },
};

describe('a file', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'inlay-conformance-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const open = async (file: string, text: string): Promise<ContentSource> => {
    const path = join(folder, file);
    writeFileSync(path, text);
    return await openFileSource({ ...DECLARED, type: 'file', path }, path);
  };
  const quote = (cell: string | null): string => `"${(cell ?? '').replaceAll('"', '""')}"`;
  const line = (row: TextRow): string => COLUMNS.map((column) => quote(row[column])).join();

  describeContentSource('CSV', (rows) => open('rows.csv', [COLUMNS.join(), ...rows.map(line)].join('\n')));
  describeContentSource('JSON', (rows) => open('rows.json', JSON.stringify(rows)));
  describeContentSource('NDJSON', (rows) =>
    open('rows.ndjson', rows.map((row) => JSON.stringify(row)).join('\n')),
  );
});

function catalogueOf(
  declaration: HttpDeclaration | PostgresDeclaration,
  fetchRows: FetchRows,
  close: () => Promise<void>,
): ContentSource {
  return createCatalogue(declaration, {
    fetchRows,
    close,
    store: createMemoryStore({ now: clock.monotonic }).entries,
    clock,
    onRequest: () => {},
    onOddRow: () => {},
    onTrouble: () => {},
    onUnexpected: (error) => expect.fail(String(error)),
  });
}

describe('over HTTP', () => {
  const open = async (
    rows: readonly TextRow[],
    change: Partial<HttpDeclaration>,
    pageSize: number,
    parameters = '',
  ) => {
    // A system of its own for each source, which has an item but once.
    const items = [...rows].reverse().map((row) => ({ ...row, id: String(row.sku) }));
    const cms = await openCms(items, false);
    cms.pageSize = pageSize;
    const declaration: HttpDeclaration = {
      ...{
        ...DECLARED,
        ...REMOTE,
        type: 'http',
        url: cms.url + parameters,
        method: 'GET',
        headers: {},
        body: null,
      },
      ...{ ids: 'repeated', rows: 'items', paging: null, resolve: null },
      ...change,
    };
    const agent = new Agent();
    return catalogueOf(declaration, createHttpRows(declaration, agent), async () => {
      await agent.destroy();
      await cms.close();
    });
  };

  describeContentSource('JSON', (rows) => open(rows, {}, 1_000));
  describeContentSource('JSON in pages of fifteen', (rows) =>
    open(rows, { paging: { parameter: 'page', pages: 'pages' } }, 15),
  );
  describeContentSource('JSON, asked for in languages', (rows) => open(rows, {}, 1_000, '&locale={locale}'));
});

describe.skipIf(postgresFolder() === null)('a database', () => {
  let postgres: Postgres;
  let tables = 0;
  beforeAll(async () => {
    postgres = await startPostgres();
  });
  afterAll(() => postgres.remove());

  const quote = (cell: string | null): string => (cell === null ? 'null' : `'${cell.replaceAll("'", "''")}'`);
  const fill = async (rows: readonly TextRow[]): Promise<string> => {
    tables += 1;
    const table = `products_${tables}`;
    const values = rows.map((row) => `(${COLUMNS.map((column) => quote(row[column])).join()})`);
    await postgres.sql(`
      create table ${table} (position serial, ${COLUMNS.map((column) => `${column} text`).join()});
      insert into ${table} (${COLUMNS.join()}) values ${values.join()}`);
    return table;
  };

  describeContentSource('PostgreSQL', async (rows) => {
    const declaration: PostgresDeclaration = {
      ...{ ...DECLARED, ...REMOTE, type: 'postgres', url: postgres.url },
      query: `select * from ${await fill(rows)} where sku = any($1) order by position`,
    };
    const { fetchRows, close } = await openPostgresRows(declaration);
    return catalogueOf(declaration, fetchRows, close);
  });
});
