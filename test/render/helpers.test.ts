import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { contentOf } from '../domain/examples.ts';
import { compile, renderItem } from './examples.ts';

const ITEM = contentOf('a', {
  title: 'Investing for beginners',
  url: 'https://www.example.com/a',
  image_url: null,
  price: 29,
  price_text: null,
});

/** What one expression gives in a plain text, where nothing is escaped. */
function evaluate(expression: string, change: Parameters<typeof contentOf>[1] = {}): string {
  const content = contentOf('a', { ...ITEM.values, ...change });
  return renderItem(`[${expression}]`, content, { name: 'x.txt' }).slice(1, -2);
}

describe('helpers', () => {
  it.each([
    ['{{price 145 "EUR"}}', '€145.00'],
    ['{{price 145}}', '$145.00'],
    ['{{price 0 "USD"}}', '$0.00'],
    ['{{price item.price "USD"}}', '$29.00'],
    ['{{price "29.5" "USD"}}', '$29.50'],
    ['{{price 1500 "JPY"}}', '¥1,500'],
    ['{{price item.price_text "USD"}}', ''],
    ['{{price "" "USD"}}', ''],
    ['{{price "free" "USD"}}', ''],
    ['{{number 1234.5}}', '1,234.5'],
    ['{{number 0}}', '0'],
    ['{{number item.image_url}}', ''],
    ['{{number "many"}}', ''],
    ['{{date "2026-11-27" "long"}}', 'November 27, 2026'],
    ['{{date "2026-11-27"}}', 'Nov 27, 2026'],
    ['{{date "2026-11-27" "medium"}}', 'Nov 27, 2026'],
    ['{{date "2026-11-27" "short"}}', '11/27/26'],
    ['{{date "2026-11-27" "full"}}', 'Friday, November 27, 2026'],
    ['{{date "2026-11-27T23:30:00Z"}}', 'Nov 27, 2026'],
    ['{{date "2026-11-27" "odd"}}', 'Nov 27, 2026'],
    ['{{date "soon"}}', ''],
    ['{{date item.image_url}}', ''],
    ['{{truncate item.title 10}}', 'Investing…'],
    ['{{truncate item.title 40}}', 'Investing for beginners'],
    ['{{truncate item.title}}', 'Investing for beginners'],
    ['{{truncate item.image_url 10}}', ''],
    ['{{truncate item.price 10}}', '29'],
    ['{{default item.image_url item.title}}', 'Investing for beginners'],
    ['{{default item.image_url item.price_text "none"}}', 'none'],
    ['{{default item.title "none"}}', 'Investing for beginners'],
    ['{{default item.image_url item.price_text}}', ''],
    ['{{default "" "x"}}', 'x'],
    ['{{encode "a b&c/d?ü"}}', 'a%20b%26c%2Fd%3F%C3%BC'],
    ['{{encode item.image_url}}', ''],
  ])('%s gives %j', (expression, expected) => {
    expect(evaluate(expression)).toBe(expected);
  });

  it.each<[string, boolean]>([
    ['(eq item.price 29)', true],
    ['(eq item.price 30)', false],
    ['(eq variant "treatment")', true],
    ['(ne item.price 30)', true],
    ['(ne item.price 29)', false],
    ['(lt item.price 30)', true],
    ['(lt item.price 29)', false],
    ['(lte item.price 29)', true],
    ['(lte item.price 28)', false],
    ['(gt item.price 28)', true],
    ['(gt item.price 29)', false],
    ['(gte item.price 29)', true],
    ['(gte item.price 30)', false],
    ['(and item.price item.title)', true],
    ['(and item.price item.image_url)', false],
    ['(or item.image_url item.title)', true],
    ['(or item.image_url item.price_text)', false],
    ['(not item.image_url)', true],
    ['(not item.title)', false],
    ['(and (gt item.price 10) (not item.image_url))', true],
  ])('%s is %j', (condition, expected) => {
    expect(evaluate(`{{#if ${condition}}}true{{else}}false{{/if}}`)).toBe(String(expected));
  });

  it.each(['lt', 'lte', 'gt', 'gte'])('%s is false for what is absent', (name) => {
    for (const condition of [`${name} item.price 10`, `${name} item.price 0`, `${name} 0 item.price`]) {
      const text = `{{#if (${condition})}}true{{else}}false{{/if}}`;
      expect(evaluate(text, { price: null }), condition).toBe('false');
    }
  });

  it('never break an answer, whatever the content says', () => {
    const expression =
      '{{price item.price item.title}}{{date item.title item.title}}{{number item.title}}{{encode item.title}}';
    const template = `[${expression}]`;
    compile(template, { name: 'x.txt' });
    for (const title of ['USD', 'EURO', '€', '', 'constructor', '\ud800']) {
      expect(() => evaluate(expression, { title }), title).not.toThrow();
    }
  });

  it.each(['America/Los_Angeles', 'Asia/Tokyo'])('read dates as UTC, also in %s', (place) => {
    vi.stubEnv('TZ', place);
    onTestFinished(() => void vi.unstubAllEnvs());
    expect(evaluate('{{date "2026-11-27T23:30:00" "long"}}')).toBe('November 27, 2026');
    expect(evaluate('{{date "November 27, 2026" "long"}}')).toBe('November 27, 2026');
  });
});
