import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll } from 'vitest';
import { PRODUCTS_CSV } from './products.ts';

/** What a test changes: file → its text, or null for a file that is not to be there. */
export type TemplateChanges = Readonly<Record<string, string | null>>;

const FILES: Readonly<Record<string, string>> = {
  'content-sources.yaml': `products:
  type: file
  path: content/products.csv
  key: sku
  fields:
    title: name
    title_short: { from: name, max: 20 }
    description: description
    url: product_url
    app_link: { from: deep_link, type: link, schemes: [https, myapp] }
    image_url: image
    price: { from: price, type: number, currency: USD }
  required: [title, url]
`,
  'content/products.csv': PRODUCTS_CSV,
  'test-people.yaml': 'qa-anna: treatment\nqa-carl: control\n',
  'partials/link.hbs': '<a href="{{url}}" title="{{title}}">{{title}}</a>',
  'hero/placement.yaml': `title: Home page hero
recommendation: s234ssg
items: 3
content: products
baseline: [investing-101, what-is-a-cd, retirement-goals, budgeting-basics]
aliases: [old-hero]
`,
  'hero/email.hbs': `<table>
{{#each items}}
<tr data-id="{{id}}"><td>{{#if image_url}}<img src="{{image_url}}" alt="{{title}}">{{/if}}
<a href="{{click_url}}">{{title}}</a> {{description}} {{price_text}}</td></tr>
{{/each}}
</table>
`,
  'hero/message.hbs': '<ul>{{#each items}}<li>{{title_short}}</li>{{/each}}</ul>\n',
  'hero/email.txt.hbs': '{{#each items}}\n* {{title}}: {{click_url}}\n{{/each}}\n',
  'brand/strip/placement.yaml': `title: Strip of two
recommendation: r222two
items: 2
content: products
baseline: [investing-101, what-is-a-cd]
profile: { properties: [plan_type] }
`,
  'brand/strip/email.hbs': '<p>{{#each items}}{{> link}}{{/each}}</p>\n',
  'off/placement.yaml': `title: Switched off
recommendation: s234ssg
items: 3
content: products
baseline: [investing-101, what-is-a-cd, retirement-goals]
enabled: false
`,
  'off/email.hbs': '<p>{{#each items}}{{> link}}{{/each}}</p>\n',
};

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** An empty folder for the tests of one file. */
export function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'inlay-test-'));
  folders.push(folder);
  return folder;
}

/**
 * Writes a small templates folder: `hero` (3 items, also `old-hero`), `strip` (2 items, in `brand/`) and `off`, which
 * is switched off. Gives its path.
 */
export function writeTemplates(changes: TemplateChanges = {}): string {
  const folder = makeFolder();
  for (const [file, text] of Object.entries({ ...FILES, ...changes })) {
    if (text === null) continue;
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), text);
  }
  return folder;
}
