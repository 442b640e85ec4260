import { expect, it, onTestFinished } from 'vitest';
import { type Answer, sendJson, startContentServer } from '../fixtures/cms/server.ts';
import { postgresFolder, startPostgres } from '../support/postgres.ts';
import { treatment } from '../support/replies.ts';
import { writeFiles } from '../support/versions.ts';
import { openReloading as open } from './reloading.ts';

const PLACEMENT = `title: Home page hero
recommendation: s234ssg
items: 2
content: products
baseline: [base-1, base-2]
`;

/** A folder whose one source is still to be said. */
const FOLDER = {
  'content/products.csv': null,
  'hero/placement.yaml': PLACEMENT,
  'hero/email.hbs': '<p>{{#each items}}{{title}}, {{/each}}</p>',
  ...{ 'hero/message.hbs': null, 'hero/email.txt.hbs': null, 'partials/link.hbs': null },
  ...{ 'brand/strip/placement.yaml': null, 'brand/strip/email.hbs': null },
  ...{ 'off/placement.yaml': null, 'off/email.hbs': null },
};

const sourceOf = (...lines: readonly string[]) => ({
  'content-sources.yaml': `products:\n  ${lines.join('\n  ')}\n  timeout: 2s\n  key: id\n  fields: { title: name, url: link }\n`,
});

const overHttp = (origin: string, path: string) => sourceOf('type: http', `url: ${origin}/${path}?ids={ids}`);

/** Has every item; its path stands in the title. */
const answerAll =
  (afterMs = 0): Answer =>
  ({ path, parameters }, response) => {
    const rows = (parameters.get('ids') ?? '').split(',').map((id) => ({
      id,
      name: `${id} of ${path}`,
      link: 'https://www.example.com/',
    }));
    setTimeout(() => sendJson(response, rows), afterMs);
  };

it('a source that did not change keeps what it knows, and is not asked again', async () => {
  const server = await startContentServer(answerAll());
  const { amplitude, ask, change } = await open({ ...FOLDER, ...overHttp(server.origin, 'one') });
  amplitude.planForAll(treatment('x', 'y'));
  expect((await ask('hero.html')).text).toContain('x of /one, y of /one');
  const asked = server.seen.length;
  await change({ 'hero/email.hbs': '<p>New {{#each items}}{{title}}, {{/each}}</p>' });
  expect((await ask('hero.html')).text).toContain('New x of /one, y of /one');
  expect(server.seen).toHaveLength(asked);
});

it('a source that changed is asked for the baselines before it serves', async () => {
  const server = await startContentServer(answerAll(300));
  const { ask, change } = await open(
    { ...FOLDER, ...overHttp(server.origin, 'one') },
    {
      settings: { ANSWER_DEADLINE: '100ms' },
    },
  );
  expect((await ask('hero', 'carl')).body.item_1_title).toBe('base-1 of /one');
  await change(overHttp(server.origin, 'two'));
  expect((await ask('hero', 'carl')).body.item_1_title).toBe('base-1 of /two');
});

it('a source that does not answer holds a change up for a second and no more', async () => {
  const server = await startContentServer((seen, response) => {
    if (seen.path === '/one') answerAll()(seen, response);
  });
  const { ask, change } = await open({ ...FOLDER, ...overHttp(server.origin, 'one') });
  await change(overHttp(server.origin, 'silent'));
  expect((await ask('hero', 'carl')).status).toBe(200);
});

it('what changes while it is read never serves, not even for a moment', async () => {
  let interfere = (): void => {};
  const server = await startContentServer((seen, response) => {
    if (seen.path === '/two') interfere();
    answerAll()(seen, response);
  });
  const { ask, change, templates, metric } = await open({ ...FOLDER, ...overHttp(server.origin, 'one') });
  interfere = () => writeFiles(templates, { 'hero/email.hbs': '<p>Third</p>' });
  let isOver = false;
  const asking = (async () => {
    const seen = new Set<string>();
    while (!isOver) seen.add((await ask('hero.html', 'carl')).text.trim());
    return seen;
  })();
  await change({ ...overHttp(server.origin, 'two'), 'hero/email.hbs': '<p>Second</p>' });
  isOver = true;
  const seen = (await asking).add((await ask('hero.html', 'carl')).text.trim());
  expect([...seen]).toEqual(['<p>base-1 of /one, base-2 of /one, </p>', '<p>Third</p>']);
  expect(await metric('inlay_templates_reloads_total{result="applied"}')).toBe(1);
});

it('an answer that waits for a source gets what it waits for, though the source is gone by then', async () => {
  const server = await startContentServer(answerAll(400));
  const { amplitude, ask, change } = await open(
    { ...FOLDER, ...overHttp(server.origin, 'one') },
    {
      settings: { ANSWER_DEADLINE: '1900ms' },
    },
  );
  amplitude.planForAll(treatment('x', 'y'));
  const answering = ask('hero').then(({ body }) => body);
  await expect.poll(() => server.seen.some(({ target }) => target.includes('x'))).toBe(true);
  await change({ 'content-sources.yaml': '...' });
  expect((await answering).item_1_title).toBe('x of /one');
});

it.skipIf(postgresFolder() === null)(
  'a database is left once no answer can be waiting for it, and not before',
  async () => {
    const postgres = await startPostgres();
    onTestFinished(postgres.remove);
    const query = (word: string, seconds: number) =>
      `select id, id || ' of ${word}' as name, 'https://www.example.com/' as link from unnest($1::text[]) as id, pg_sleep(${seconds})`;
    const database = (word: string, seconds: number) =>
      sourceOf('type: postgres', `url: ${postgres.url}`, `query: "${query(word, seconds)}"`);
    const { amplitude, ask, change } = await open(
      { ...FOLDER, ...database('one', 1.2) },
      {
        settings: { ANSWER_DEADLINE: '1900ms' },
      },
    );
    amplitude.planForAll(treatment('x', 'y'));
    const processes = async (condition: string) => {
      const rows = await postgres.sql(`select pid from pg_stat_activity where ${condition}`);
      return rows.map(({ pid }) => Number(pid));
    };
    const askingOne = "state = 'active' and query like '%of one%' and pid <> pg_backend_pid()";

    const answering = ask('hero').then(({ body }) => body);
    await expect.poll(() => processes(askingOne)).toHaveLength(1);
    const [process] = await processes(askingOne);
    await change(database('two', 0));
    expect((await answering).item_1_title).toBe('x of one');
    expect((await ask('hero', 'bob')).body.item_1_title).toBe('x of two');
    expect(await processes(`pid = ${process}`)).toEqual([process]);
    await expect.poll(() => processes(`pid = ${process}`), { timeout: 10_000 }).toEqual([]);
    expect((await ask('hero', 'bea')).body.item_1_title).toBe('x of two');
  },
);
