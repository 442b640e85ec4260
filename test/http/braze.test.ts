import { describe, expect, it } from 'vitest';
import { openAmplitude, type Plan } from '../support/amplitude.ts';
import { createBraze } from '../support/braze.ts';
import { GOOD, HOSTILE } from '../support/products.ts';
import { control, nobody, treatment } from '../support/replies.ts';
import { CALLER, openService } from '../support/service.ts';

async function open(plan: Plan = treatment(...GOOD)) {
  const amplitude = await openAmplitude();
  amplitude.planForAll(plan);
  const { url } = await openService({ amplitude });
  const braze = createBraze({ inlay: CALLER });
  return { amplitude, url, base: `${url}/v1/placements`, braze };
}

const ESCAPED = '{{${user_id} | url_encode}}';
const RAW = '{{${user_id}}}';

/** The message of the guide: a guard, and a loop over assigned keys. */
const message = (base: string, query: string): string => `
{%- connected_content ${base}/hero.json?${query} :basic_auth inlay :save reco -%}
{%- if reco.has_items -%}
{%- for n in (1..reco.item_count) -%}
{%- assign title = 'item_' | append: n | append: '_title' -%}
{%- assign link = 'item_' | append: n | append: '_click_url' -%}
{%- assign image = 'item_' | append: n | append: '_image_url' -%}
[{{reco[title]}}|{{reco[link]}}|{% if reco[image] %}{{reco[image]}}{% else %}no picture{% endif %}]
{%- endfor -%}
{%- else -%}nothing{%- endif -%}
`;

/** As a pattern. */
const CLICK_URL = 'https://inlay.example.com/c/hero/[\\w.-]+';

describe('a message in Braze', () => {
  it('shows the recommended items by a loop over assigned keys', async () => {
    const { base, braze } = await open();
    const text = await braze.render(message(base, `user_id=${ESCAPED}`), { user_id: 'ann lee&co' });
    expect(text.match(/\[.*?\]/g)).toEqual(
      GOOD.slice(0, 3).map((sku) =>
        expect.stringMatching(
          `^.All about ${sku} & more.${CLICK_URL}.https://images.example.com/${sku}.jpg.$`,
        ),
      ),
    );
  });

  it('knows the status, the variant and why, for its own conditions', async () => {
    const { base, braze } = await open(control(...GOOD));
    const text = await braze.render(
      `{%- connected_content ${base}/hero?user_id=${RAW} :basic_auth inlay :save reco -%}
{{reco.__http_status_code__}} {% if reco.is_treatment %}Picked for you{% else %}Popular{% endif %} {{reco.reason}}`,
      { user_id: 'ann' },
    );
    expect(text).toBe('200 Popular control');
  });

  it('falls into the other branch for an absent value, since null is not true', async () => {
    const { base, braze } = await open(treatment('no-image'));
    const text = await braze.render(message(base, `user_id=${RAW}`), { user_id: 'ann' });
    expect(text.trim()).toMatch(new RegExp(`^.Without a picture.${CLICK_URL}.no picture.$`));
  });

  it('takes default for what is absent', async () => {
    const { base, braze } = await open(treatment('no-image'));
    const text = await braze.render(
      `{%- connected_content ${base}/hero?user_id=ann :basic_auth inlay :save reco -%}
{{reco.item_1_image_url | default: 'stock.png'}} {{reco.item_2_title | default: 'More soon'}}`,
    );
    expect(text).toBe('stock.png More soon');
  });

  it('sends a POST as a form or as JSON', async () => {
    const { amplitude, base, braze } = await open();
    const tag = `connected_content ${base}/hero :method post :basic_auth inlay :save reco`;
    const form = await braze.render(`{% ${tag} :body user_id=${ESCAPED}&limit=1 %}{{reco.item_count}}`, {
      user_id: 'ann+x',
    });
    const json = await braze.render(
      `{% ${tag} :content_type application/json :body {"user_id":"${RAW}","limit":2} %}{{reco.item_count}}`,
      { user_id: 'ann+x' },
    );
    expect([form, json]).toEqual(['1', '2']);
    expect(amplitude.calls.map(({ person }) => person)).toEqual(['ann+x']);
  });

  it('makes one look-up, whatever parts it has, and they agree', async () => {
    const { amplitude, base, braze } = await open();
    const parts = await Promise.all(
      Array.from({ length: 5 }, () => braze.render(message(base, `user_id=${RAW}`), { user_id: 'ann' })),
    );
    expect(new Set(parts).size).toBe(1);
    expect(braze.urls).toHaveLength(5);
    expect(amplitude.calls).toHaveLength(1);
  });

  it.each(['ann+news@example.com', 'ann#2', 'ann&bob', '100%'])(
    'with the raw id %s looks that person up',
    async (id) => {
      const { amplitude, base, braze } = await open();
      const text = await braze.render(message(base, `user_id=${RAW}&limit=1`), { user_id: id });
      expect(text).toContain('mortgage-rates-primer');
      expect(amplitude.calls.map(({ person }) => person)).toEqual([id]);
    },
  );

  it.each(['jürgen', 'ann\u00a0lee', '😀'])('with the raw id %j gets items, not nothing', async (id) => {
    const { base, braze } = await open();
    const text = await braze.render(message(base, `user_id=${RAW}`), { user_id: id });
    expect(text).toContain('[All about');
  });

  it.each<readonly [string, Plan, string]>([
    ['a person whom nobody knows', nobody(), 'ann'],
    ['no id', nobody(), ''],
    ['a slow Amplitude', { fault: 'hang' }, 'ann'],
    ['a broken Amplitude', { fault: 'reset' }, 'ann'],
    ['a wrong key', { status: 401, body: 'Invalid Api-Key' }, 'ann'],
    ['a failing Amplitude', { status: 503, body: '<html>' }, 'ann'],
  ])('shows the baseline for %s', async (_name, plan, id) => {
    const { base, braze } = await open(plan);
    const text = await braze.render(message(base, `user_id=${RAW}`), { user_id: id });
    expect(text).toContain('[All about investing-101 & more|');
  });

  it('renders nothing for a problem, as for wrong credentials or an unknown placement', async () => {
    const { base, braze } = await open();
    const text = await braze.render(
      `({% connected_content ${base}/hero?user_id=ann %}{% connected_content ${base}/none :basic_auth inlay %})`,
    );
    expect(text).toBe('()');
  });
});

describe('HTML in a Braze message', () => {
  it('is inserted as it is', async () => {
    const { base, braze } = await open();
    const text = await braze.render(
      `<td>{% connected_content ${base}/hero.html?user_id=ann :basic_auth inlay %}</td>`,
    );
    expect(text).toMatch(/^<td><table>[\s\S]*mortgage-rates-primer[\s\S]*<\/table>\s*<\/td>$/);
  });

  it('is text when it is saved', async () => {
    const { base, braze } = await open();
    const text = await braze.render(
      `{% connected_content ${base}/hero.html?user_id=ann :basic_auth inlay :save html %}{{html | slice: 0, 7}}`,
    );
    expect(text).toBe('<table>');
  });
});

describe('hostile content in a Braze message', () => {
  const people: readonly (readonly [string, readonly string[]])[] = [
    ['HTML and Liquid', HOSTILE],
    ['quotes and entities', ['hostile-quotes', 'hostile-entities', 'no-image']],
  ];

  it.each(people)('stays inert as text: %s', async (_name, items) => {
    const { base, braze } = await open(treatment(...items));
    const text = await braze.render(message(base, `user_id=ann`));
    expect(text.match(/\|https:/g)?.length).toBeGreaterThanOrEqual(3);
    expect(text).not.toMatch(/<[a-z/!]/i);
    expect(text).not.toContain('49007');
    expect(text).not.toContain('javascript:');
    // Evaluated once more, it says the same.
    expect(await braze.render(text)).toBe(text);
  });

  it.each(people)('stays inert as HTML, also with :rerender: %s', async (_name, items) => {
    const { base, braze } = await open(treatment(...items));
    const call = `connected_content ${base}/hero.html?user_id=ann :basic_auth inlay`;
    const plain = await braze.render(`{% ${call} %}`);
    const rerendered = await braze.render(`{% ${call} :rerender %}`);
    expect(rerendered).toBe(plain);
    expect(plain).not.toMatch(/<(script|iframe|style|b)\b|\son\w+\s*=\s*"|javascript:/i);
    expect(plain).not.toContain('49007');
    expect(braze.urls).toHaveLength(2);
  });

  it.each(people)(
    'stays inert with explain, which repeats names that the caller sent: %s',
    async (_name, items) => {
      const { base, braze } = await open(treatment(...items));
      const query = 'user_id=ann&explain=1&%7B%7B7001|times:7%7D%7D=1&%7B%25if%20x%25%7D=1';
      const html = await braze.render(
        `{% connected_content ${base}/hero.html?${query} :basic_auth inlay :rerender %}`,
      );
      expect(html).toMatch(/^</);
      expect(html).not.toContain('49007');
    },
  );

  it.each(people)('stays inside an attribute with escape=html: %s', async (_name, items) => {
    const { base, braze } = await open(treatment(...items));
    const text = await braze.render(
      `{%- connected_content ${base}/hero?user_id=ann&escape=html :basic_auth inlay :save reco -%}
<img alt="{{reco.item_1_title}}" title='{{reco.item_2_title}}'>`,
    );
    expect(text).toMatch(/^<img alt="[^"<>]+" title='[^'<>]+'>$/);
  });
});
