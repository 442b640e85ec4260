import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Answer, json, startContentServer } from '../fixtures/cms/server.ts';
import { openAmplitude } from '../support/amplitude.ts';
import { METRICS, openService } from '../support/service.ts';
import { writeTemplates } from '../support/templates.ts';

const SECRET = 'qXz7SECRETqXz7';

/** Every way in which a source goes wrong, with what it was told thrown back. */
const ANSWERS: Readonly<Record<string, Answer>> = {
  refusing: (_seen, response) => response.writeHead(401, { 'x-token': SECRET }).end(`wrong key ${SECRET}`),
  redirecting: ({ target }, response) =>
    response.writeHead(302, { location: `https://other.example${target}` }).end(),
  garbled: (_seen, response) => response.end(`<html>${SECRET}`),
  breaking: (_seen, response) => void response.destroy(),
  elsewhere: json({ items: [], next: `https://other.example/?key=${SECRET}` }),
  shapeless: json({ error: SECRET }),
  odd: json({ items: [{ [SECRET]: SECRET }, { sku: `<b>${SECRET}` }, { sku: SECRET, title: SECRET }] }),
};

const sourceOf = (more = ''): string => `products:
  type: http
  url: "\${CONTENT_URL}/\${CONTENT_KEY}/items?ids={ids}&key=\${CONTENT_KEY}"
  headers: { Authorization: "Bearer \${CONTENT_KEY}", X-Key: "\${CONTENT_KEY}" }
  body: { key: "\${CONTENT_KEY}" }
  rows: items
  paging: { next: next }
  key: sku
  timeout: 200ms
  fields: { title: title, url: { from: link, base: "https://\${CONTENT_KEY}.example" } }
${more}stock:
  type: postgres
  url: "postgres://\${CONTENT_KEY}:\${CONTENT_KEY}@127.0.0.1:1/\${CONTENT_KEY}?options=-c%20\${CONTENT_KEY}"
  query: select * from product where sku = any($1)
  key: sku
  fields: { title: title }
`;

const PLACEMENTS = {
  'hero/placement.yaml': 'title: H\nrecommendation: r\nitems: 1\ncontent: products\nbaseline: [a, b]\n',
  'hero/email.hbs': '<p>{{#each items}}{{title}}{{/each}}</p>',
  'hero/message.hbs': null,
  'hero/email.txt.hbs': null,
  'stock/placement.yaml': 'title: S\nrecommendation: s\nitems: 1\ncontent: stock\nbaseline: [a]\n',
  'brand/strip/placement.yaml': null,
  'brand/strip/email.hbs': null,
  'off/placement.yaml': null,
  'off/email.hbs': null,
};

async function open(answer: Answer) {
  const [amplitude, server] = await Promise.all([openAmplitude(), startContentServer(answer)]);
  const templates = writeTemplates({ ...PLACEMENTS, 'content-sources.yaml': sourceOf() });
  const settings = { CONTENT_URL: server.origin, CONTENT_KEY: SECRET };
  return { service: await openService({ amplitude, settings, templates }), server, templates };
}

describe('the value of a variable', () => {
  it.each(Object.keys(ANSWERS))(
    'stands in no log line, no metric and no answer of a %s source',
    async (kind) => {
      const { service, server } = await open(ANSWERS[kind] ?? json([]));
      const told: string[] = [];
      for (const placement of ['hero', 'stock']) {
        for (const form of ['json', 'html']) {
          const { text, headers } = await service.get(
            `/v1/placements/${placement}.${form}?explain=1&user_id=`,
          );
          told.push(text, JSON.stringify(headers));
        }
      }
      told.push((await service.get('/metrics', METRICS)).text, (await service.get('/readyz')).text);
      expect(server.seen.length).toBeGreaterThan(0);
      expect(JSON.stringify(server.seen)).toContain(SECRET);
      expect(told.join('\n')).not.toContain(SECRET);
      expect(service.log.join('\n')).toMatch(/content source/);
      expect(service.log.join('\n')).not.toContain(SECRET);
    },
  );

  it('stands in no log line about a folder that was changed for the worse', async () => {
    const { service, templates } = await open(json({ items: [] }));
    for (const more of [
      '  batch: 0\n',
      '  ids: csv\n  required: [gone]\n',
      '  method: GET\n',
      '  oops: "${CONTENT_KEY}"\n',
    ]) {
      writeFileSync(join(templates, 'content-sources.yaml'), sourceOf(more));
      await service.app.lookForChanges();
    }
    const log = service.log.join('\n');
    expect(log.match(/templates folder: products/g)).toHaveLength(4);
    expect(log).not.toContain(SECRET);
  });
});
