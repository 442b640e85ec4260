import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { Agent } from 'undici';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createHttpRows } from '../../src/content/http.ts';
import { parsePostgresUrl } from '../../src/content/postgres-url.ts';
import type { SourceDeclaration } from '../../src/domain/content-source.ts';
import { parseContentSources } from '../../src/placements/content-sources-file.ts';
import { PRESET_NAMES, PRESETS } from '../../src/placements/presets.ts';
import { type Fault, readYaml } from '../../src/placements/yaml.ts';
import { writeFolder } from './examples.ts';

const FILE = 'content-sources.yaml';

type Result = { readonly declarations: readonly SourceDeclaration[]; readonly faults: readonly Fault[] };

/** What is declared in a file. */
function read(text: string, variables: Readonly<Record<string, string>> = {}): Result {
  const faults: Fault[] = [];
  const yaml = readYaml(`${writeFolder({ [FILE]: text })}/${FILE}`, FILE, (fault) => faults.push(fault));
  if (!yaml) return { declarations: [], faults };
  const sources = parseContentSources(yaml, new Map(Object.entries(variables)), (fault) =>
    faults.push(fault),
  );
  return { declarations: sources.map(({ declaration }) => declaration), faults };
}

/** The only source of a file without fault. */
function declared(text: string, variables?: Readonly<Record<string, string>>): SourceDeclaration {
  const { declarations, faults } = read(text, variables);
  const [declaration] = declarations;
  if (!declaration || faults.length > 0) throw new Error(`expected no fault: ${JSON.stringify(faults)}`);
  return declaration;
}

const HTTP = `articles:
  type: http
  url: https://cms.example/items?ids={ids}
  key: id
  fields: { title: name }
`;

describe('a source over http', () => {
  it('needs little, and has what is usual for the rest', () => {
    expect(declared(HTTP)).toEqual({
      name: 'articles',
      type: 'http',
      url: 'https://cms.example/items?ids={ids}',
      method: 'GET',
      headers: {},
      body: null,
      ids: 'list',
      rows: null,
      paging: null,
      resolve: null,
      key: 'id',
      fields: [{ name: 'title', from: 'name', type: 'text', max: null }],
      required: [],
      batch: 100,
      timeoutMs: 500,
      freshMs: 300_000,
      staleMs: 3_600_000,
      staleIfErrorMs: 7 * 86_400_000,
      missingMs: 60_000,
    });
  });

  it('is asked with POST where it has a body', () => {
    const source = declared(`${HTTP}  body: { ids: "{ids}", limit: 10, deep: [true, null, "{locale}"] }\n`);
    expect(source).toMatchObject({
      method: 'POST',
      body: { ids: '{ids}', limit: 10, deep: [true, null, '{locale}'] },
    });
  });

  it('may say where the ids go in its body alone, however deep', () => {
    const text = HTTP.replace('?ids={ids}', '').concat('  body: { filter: [{ in: "{ids}" }] }\n');
    expect(declared(text)).toMatchObject({ url: 'https://cms.example/items' });
  });

  it('is used for at least as long in each state as in the one before', () => {
    expect(declared(`${HTTP}  fresh: 2d\n  stale: 1h\n  stale_if_error: 1m\n`)).toMatchObject({
      freshMs: 2 * 86_400_000,
      staleMs: 2 * 86_400_000,
      staleIfErrorMs: 2 * 86_400_000,
    });
  });

  it('sends numbers in headers as they are written', () => {
    expect(declared(`${HTTP}  headers: { X-Version: 1.10, X-Id: 007 }\n`)).toMatchObject({
      headers: { 'X-Version': '1.10', 'X-Id': '007' },
    });
  });
});

describe('a preset', () => {
  it.each(PRESET_NAMES)('%s brings what is usual', (preset) => {
    const text = HTTP.replace('  key: id\n', `  preset: ${preset}\n`);
    expect(declared(text)).toMatchObject({ batch: 100, paging: null, resolve: null, ...PRESETS[preset] });
  });

  it('gives way to what is written, also to null', () => {
    const text = `${HTTP}  preset: strapi\n  ids: json\n  batch: 5\n  paging: null\n`;
    expect(declared(text)).toMatchObject({ key: 'id', rows: 'data', ids: 'json', batch: 5, paging: null });
  });
});

describe('the recipes of the documentation', () => {
  const docs = readFileSync(new URL('../../docs/content.md', import.meta.url), 'utf8');
  const recipes = Array.from(
    docs.matchAll(/^( *)```yaml\n([\s\S]*?)^ *```/gm),
    ([, indent = '', text = '']) => text.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
  );

  it.each(recipes)('can be used as they are: %s', (recipe) => {
    const variables = Object.fromEntries((recipe.match(/CONTENT_\w+/g) ?? []).map((name) => [name, 'x']));
    expect(declared(recipe, variables).type).toBe('http');
  });
});

describe('fields', () => {
  const fieldsOf = (...lines: string[]): SourceDeclaration['fields'] =>
    declared(HTTP.replace(' { title: name }', lines.map((line) => `\n    ${line}`).join(''))).fields;

  it('are of the type that is written, or else of that which their names tell', () => {
    const fields = fieldsOf(
      'title: a',
      'url: a',
      'image_url: a',
      'available: a',
      'starts_at: a',
      'ends_at: a',
      'link: { from: a, type: link, schemes: [https, myapp] }',
      'picture: { from: a, type: image, base: "https://cdn.example" }',
      'teaser: { from: a, max: 40 }',
      'body: { from: a, type: html }',
      'price: { from: a, type: number, currency: EUR }',
      'day: { from: a, type: date, style: long }',
      'file_url: { from: a, type: text }',
    );
    expect(fields.map(({ from: _, ...field }) => field)).toEqual([
      { name: 'title', type: 'text', max: null },
      { name: 'url', type: 'url', base: null },
      { name: 'image_url', type: 'url', base: null },
      { name: 'available', type: 'boolean' },
      { name: 'starts_at', type: 'date', style: null },
      { name: 'ends_at', type: 'date', style: null },
      { name: 'link', type: 'link', schemes: ['https', 'myapp'] },
      { name: 'picture', type: 'image', base: 'https://cdn.example' },
      { name: 'teaser', type: 'text', max: 40 },
      { name: 'body', type: 'html' },
      { name: 'price', type: 'number', currency: 'EUR' },
      { name: 'day', type: 'date', style: 'long' },
      { name: 'file_url', type: 'text', max: null },
    ]);
  });

  it('stand in a column for each locale, as callers write it', () => {
    const [field] = fieldsOf('title: { from: { de_at: a, pt-BR: b, default: c } }');
    expect(field?.from).toEqual({ 'de-AT': 'a', 'pt-BR': 'b', default: 'c' });
  });

  it('may be called like something that every object has', () => {
    expect(fieldsOf('constructor: a').map(({ name }) => name)).toEqual(['constructor']);
  });
});

describe('variables', () => {
  it('are put in where something is asked, and nowhere else', () => {
    const source = declared(
      `articles:
  type: http
  url: "\${CONTENT_URL}/items?ids={ids}&key=\${CONTENT_KEY}"
  headers: { Authorization: "Bearer \${CONTENT_KEY}", X: "\${CONTENT_KEY}\${CONTENT_KEY}" }
  body: { key: "\${CONTENT_KEY}", list: ["\${CONTENT_KEY}", 1] }
  key: id
  fields: { picture: { from: image, type: image, base: "\${CONTENT_URL}/media/" } }
`,
      { CONTENT_URL: 'https://cms.example', CONTENT_KEY: 'k$&1' },
    );
    expect(source).toMatchObject({
      url: 'https://cms.example/items?ids={ids}&key=k$&1',
      headers: { Authorization: 'Bearer k$&1', X: 'k$&1k$&1' },
      body: { key: 'k$&1', list: ['k$&1', 1] },
      fields: [{ base: 'https://cms.example/media/' }],
    });
  });

  it('may be a whole URL, with the place for ids', () => {
    const text = HTTP.replace('https://cms.example/items?ids={ids}', '${CONTENT_URL}');
    expect(declared(text, { CONTENT_URL: 'https://a.example/{ids}' })).toMatchObject({
      url: 'https://a.example/{ids}',
    });
  });

  it('are an address in PostgreSQL, on a socket too', () => {
    const text = `stock:
  type: postgres
  url: "\${CONTENT_DATABASE_URL}"
  query: select * from product where sku = any($1)
  key: sku
  fields: { title: name }
`;
    for (const url of ['postgres://a:b%40c@db.example/shop', 'postgresql://a:b@/shop?host=/cloudsql/x']) {
      expect(declared(text, { CONTENT_DATABASE_URL: url })).toMatchObject({ type: 'postgres', url });
    }
  });

  /** What would be something else to YAML, to a replacement, or to JSON. */
  const hostile = fc
    .array(
      fc.oneof(
        fc.constantFrom(
          '"',
          "'",
          '\\',
          '\n',
          ': ',
          '\n  method: POST\n',
          '#',
          '{',
          '}',
          '- ',
          '&a',
          '*a',
          '!!',
        ),
        fc.constantFrom(
          '$&',
          '$1',
          '$$',
          '${CONTENT_OTHER}',
          '${',
          '}',
          '{ids}',
          '{locale}',
          '__proto__',
          '\u0000',
        ),
        fc.string({ unit: 'grapheme', maxLength: 5 }),
      ),
      { minLength: 1, maxLength: 6 },
    )
    .map((parts) => parts.join(''))
    .filter((value) => value.trim() !== '');

  it('become a piece of the text that they stand in, whatever they hold, and never anything else', () => {
    const text = `${HTTP}  headers: { A: "-" }\n  body: { a: "<\${CONTENT_VALUE}>", b: ["\${CONTENT_VALUE}"] }\n`;
    const plain = declared(text, { CONTENT_VALUE: 'x' });
    fc.assert(
      fc.property(hostile, (value) => {
        const source = declared(text, { CONTENT_VALUE: value, CONTENT_OTHER: 'OTHER' });
        expect(source).toEqual({ ...plain, body: { a: `<${value}>`, b: [value] } });
      }),
    );
  });

  it('never stand in a fault, and what is taken can be sent', () => {
    const agent = new Agent();
    onTestFinished(() => agent.close());
    const text = `articles:
  type: http
  url: "\${CONTENT_VALUE}"
  headers: { X: "\${CONTENT_HEADER}" }
  key: id
  fields: { picture: { from: a, type: image, base: "\${CONTENT_BASE}" } }
`;
    const beginning = fc.constantFrom(
      '',
      'https://',
      'https://cms.example/',
      'http://a:',
      'https:\\\\',
      'ftp://',
    );
    const value = fc.tuple(beginning, hostile).map(([start, rest]) => `${start}QXZ7${rest}{ids}`);
    fc.assert(
      fc.property(value, hostile, value, (url, header, base) => {
        const variables = { CONTENT_VALUE: url, CONTENT_HEADER: `QXZ7${header}`, CONTENT_BASE: base };
        const { declarations, faults } = read(text, variables);
        expect(JSON.stringify(faults)).not.toContain('QXZ7');
        for (const source of declarations) {
          expect(() => source.type === 'http' && createHttpRows(source, agent)).not.toThrow();
        }
      }),
      { numRuns: 300 },
    );
  });

  it('that hold a password of PostgreSQL never tell it, however it is encoded', () => {
    const text = `stock:
  type: postgres
  url: "postgres://inlay:\${CONTENT_PASSWORD}@db.example/shop"
  query: select * from product where sku = any($1)
  key: sku
  fields: { title: name }
`;
    const toldOf = (url: string): string => {
      try {
        parsePostgresUrl(url);
        return '';
      } catch (error) {
        return String(error);
      }
    };
    fc.assert(
      fc.property(
        hostile,
        fc.constantFrom('QXZ7', '?QXZ7=', '#QXZ7', '/QXZ7?', '%QXZ7', '0?QXZ7'),
        (end, start) => {
          const { declarations, faults } = read(text, { CONTENT_PASSWORD: `${start}${end}` });
          const told = declarations.map((source) => (source.type === 'postgres' ? toldOf(source.url) : ''));
          expect(JSON.stringify([faults, told])).not.toContain('QXZ7');
        },
      ),
    );
  });
});
