import { describe, expect, it } from 'vitest';
import { contentOf } from '../domain/examples.ts';
import { blockOf, compile, NO_MESSAGE, type TemplateOptions } from './examples.ts';

const CONTENT = contentOf('a', { title: 'A title', price: 1234.5, price_text: '2026-11-27' });

const TEXTS = new Map([
  ['default', new Map(Object.entries({ cta: 'Read more', new: 'New' }))],
  ['de', new Map(Object.entries({ cta: 'Mehr lesen', new: 'Neu' }))],
  ['de-AT', new Map(Object.entries({ new: 'Heuer neu' }))],
]);

/** What an expression gives in a message of this locale, with every white space written as a blank. */
function evaluate(text: string, locale: string | null, options: TemplateOptions = {}): string {
  const template = compile(`[${text}]`, { name: 'x.txt', texts: TEXTS, ...options });
  return template(blockOf([CONTENT]), { ...NO_MESSAGE, locale })
    .slice(1, -2)
    .replace(/\s/g, ' ');
}

const LOCALES = ['de', 'de-AT', 'en', 'ja', null] as const;

describe('in the locale of the message', () => {
  const ROWS: [expression: string, expected: Record<(typeof LOCALES)[number] & string, string>][] = [
    [
      '{{price item.price "EUR"}}',
      { de: '1.234,50 €', 'de-AT': '€ 1.234,50', en: '€1,234.50', ja: '€1,234.50' },
    ],
    ['{{price 1500 "JPY"}}', { de: '1.500 ¥', 'de-AT': '¥ 1.500', en: '¥1,500', ja: '￥1,500' }],
    ['{{price 145}}', { de: '145,00 $', 'de-AT': '$ 145,00', en: '$145.00', ja: '$145.00' }],
    ['{{number item.price}}', { de: '1.234,5', 'de-AT': '1 234,5', en: '1,234.5', ja: '1,234.5' }],
    [
      '{{date item.price_text "long"}}',
      {
        de: '27. November 2026',
        'de-AT': '27. November 2026',
        en: 'November 27, 2026',
        ja: '2026年11月27日',
      },
    ],
    [
      '{{date item.price_text "short"}}',
      { de: '27.11.26', 'de-AT': '27.11.26', en: '11/27/26', ja: '2026/11/27' },
    ],
    ['{{text "cta"}}', { de: 'Mehr lesen', 'de-AT': 'Mehr lesen', en: 'Read more', ja: 'Read more' }],
    ['{{text "new"}}', { de: 'Neu', 'de-AT': 'Heuer neu', en: 'New', ja: 'New' }],
    ['{{truncate (text "cta") 5}}', { de: 'Mehr…', 'de-AT': 'Mehr…', en: 'Read…', ja: 'Read…' }],
  ];

  it.each(ROWS)('%s is written as people there do', (expression, expected) => {
    for (const [locale, text] of Object.entries(expected)) {
      expect(evaluate(expression, locale), locale).toBe(text);
    }
  });

  it.each(ROWS)('%s is American English without one', (expression, { en }) => {
    expect(evaluate(expression, null)).toBe(en);
  });

  it.each(['xx', 'tlh', 'zxx-ZZ'])('%s, which nobody can write in, is American English too', (locale) => {
    expect(evaluate('{{price item.price "EUR"}} {{date item.price_text}} {{text "cta"}}', locale)).toBe(
      '€1,234.50 Nov 27, 2026 Read more',
    );
  });
});

describe('the locale of the message reaches', () => {
  const price = '{{price 1.5 "EUR"}}, {{number 1.5}}, {{date "2026-11-27"}}, {{text "cta"}}';
  const EXPECTED = '1,50 €, 1,5, 27.11.2026, Mehr lesen';

  it.each<[string, string]>([
    ['a loop', `{{#each items}}${price}{{/each}}`],
    ['a loop within a loop', `{{#each items}}{{#each ../items}}${price}{{/each}}{{/each}}`],
    ['a loop with a name', `{{#each items as |it|}}${price}{{/each}}`],
    ['a block', `{{#with item}}${price}{{/with}}`],
    ['a condition', `{{#if item.price}}${price}{{/if}}`],
    ['a partial', '{{> price}}'],
    ['a partial with values', '{{> price locale="en" title="x"}}'],
    ['a partial with an item', '{{#each items}}{{> price this}}{{/each}}'],
    ['a partial with an item and values', '{{#each items}}{{> price this locale="en"}}{{/each}}'],
    ['a partial of a partial', '{{> outer label="x"}}'],
    [
      'the value of a partial',
      '{{> label text=(price 1.5 "EUR")}}, 1,5, 27.11.2026, {{> label text=(text "cta")}}',
    ],
  ])('%s', (_where, text) => {
    const partials = { price, outer: '{{> price label=label}}', label: '{{text}}' };
    expect(evaluate(text, 'de', { partials })).toBe(EXPECTED);
  });

  it('one message, and no other', () => {
    const template = compile('{{number 1.5}}', { name: 'x.txt' });
    const block = blockOf([CONTENT]);
    const locales = ['de', null, 'en', 'de'];
    expect(locales.map((locale) => template(block, { ...NO_MESSAGE, locale }))).toEqual([
      '1,5\n',
      '1.5\n',
      '1.5\n',
      '1,5\n',
    ]);
  });
});

describe('a price', () => {
  it.each<[string, string]>([
    ['{{price 145 "eur"}}', '€145.00'],
    ['{{price 145 "EURO"}}', ''],
    ['{{price 145 ""}}', ''],
    ['{{price 145 item.image_url}}', ''],
    ['{{price 145 item.title}}', ''],
    ['{{price item.title "EUR"}}', ''],
  ])('%s is %j: none rather than one in a wrong currency', (text, expected) => {
    const template = compile(`[${text}]`, { name: 'x.txt' });
    const content = contentOf('a', { title: 'A', image_url: null });
    expect(template(blockOf([content]), NO_MESSAGE)).toBe(`[${expected}]\n`);
  });
});

describe('fields that are called like helpers', () => {
  const FIELDS = { text: 'T', date: '2026-11-27', price: 29, number: 7, default: 'D', eq: 'E' };
  const fields = Object.keys(FIELDS);

  it('are fields where nothing is handed to them, and helpers where something is', () => {
    const text =
      '{{#each items}}{{text}} {{this.date}} {{./price}} {{number}} {{default}} {{eq}} | ' +
      '{{text "cta"}} {{date date}} {{price price "EUR"}} {{number number}} {{default text eq}}{{#if (eq number 7)}}!{{/if}}{{/each}}';
    const template = compile(text, { name: 'x.txt', texts: TEXTS, fields });
    expect(template(blockOf([contentOf('a', FIELDS)]), NO_MESSAGE)).toBe(
      'T 2026-11-27 29 7 D E | Read more Nov 27, 2026 €29.00 7 T!\n',
    );
  });

  it('are fields in conditions, in paths, and for partials', () => {
    const partials = { label: '{{text}}{{price}}' };
    const text =
      '{{#each items}}{{#if text}}{{../item.text}}{{/if}}{{#with this}}{{text}}{{/with}}{{> label}}{{> label text=price price=text}}{{/each}}';
    const template = compile(text, { name: 'x.txt', partials, fields });
    expect(template(blockOf([contentOf('a', FIELDS)]), NO_MESSAGE)).toBe('TTT2929T\n');
  });
});
