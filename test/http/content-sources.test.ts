import { join } from 'node:path';
import Papa from 'papaparse';
import { describe, expect, it } from 'vitest';
import { openAmplitude } from '../support/amplitude.ts';
import { createClock } from '../support/clock.ts';
import { type Cms, type CmsItem, type CmsMode, openCms } from '../support/cms.ts';
import { BASELINE, GOOD, HOSTILE, PRODUCTS_CSV } from '../support/products.ts';
import { control, treatment } from '../support/replies.ts';
import { METRICS, openService, type ServiceOptions } from '../support/service.ts';
import { makeFolder, type TemplateChanges, writeTemplates } from '../support/templates.ts';
import { itemIds } from './answers.ts';

const HOUR_MS = 3_600_000;
/** Where an answer waits for it; elsewhere it is long enough for any machine. */
const DEADLINE_MS = 400;
const QUICK = { ANSWER_DEADLINE: `${DEADLINE_MS}ms` };
/** A busy machine may be late with its timers. */
const LENIENCE_MS = 400;
const SHOWN = BASELINE.slice(0, 3);
const RECOMMENDED = GOOD.slice(0, 3);

const TOKEN = 'cms-token-Vb72-kQ9r';

const rows = Papa.parse<Readonly<Record<string, string>>>(PRODUCTS_CSV, { header: true }).data;
const ITEMS: readonly CmsItem[] = rows.map((row) => ({ ...row, id: String(row.sku) }));

/** A template for the stand-in's items, with more of them at will. */
const sourceAt = (cms: Pick<Cms, 'url'>, more: string, timeout: string) => `products:
  type: http
  url: "${cms.url}${more}"
  ids: repeated
  headers: { Authorization: "Bearer \${CONTENT_TOKEN}" }
  rows: items
  key: sku
  timeout: ${timeout}
  fields:
    title: { from: { default: name, de: name_de } }
    title_short: { from: name, max: 20 }
    description: description
    url: product_url
    image_url: image
    price: { from: price, type: number, currency: USD }
  required: [title, url]
`;

const placement = (name: string, ...lines: readonly string[]): TemplateChanges => ({
  [`${name}/placement.yaml`]: `title: One more
recommendation: s234ssg
items: 3
content: products
baseline: [${BASELINE.join()}]
${lines.join('\n')}
`,
});

type Opening = Omit<ServiceOptions, 'amplitude' | 'templates'> & {
  readonly cms?: Cms;
  readonly files?: TemplateChanges;
  /** More of the source's URL, and its time-out. */
  readonly more?: string;
  readonly timeout?: string;
};

async function open({
  cms: given,
  files = {},
  more = '',
  timeout = '2s',
  settings = {},
  ...options
}: Opening = {}) {
  const cms = given ?? (await openCms(ITEMS));
  const amplitude = await openAmplitude();
  amplitude.planForAll(treatment(...RECOMMENDED));
  amplitude.plan('carl', control(...GOOD));
  const service = await openService({
    amplitude,
    templates: writeTemplates({ 'content-sources.yaml': sourceAt(cms, more, timeout), ...files }),
    settings: { ANSWER_DEADLINE: '1900ms', CONTENT_TOKEN: TOKEN, ...settings },
    ...options,
  });
  const ask = async (query = 'user_id=ann', what = 'hero') => {
    const startedAt = performance.now();
    const { status, body, text } = await service.get(`/v1/placements/${what}?${query}`);
    return { status, body, text, ids: itemIds(body), ms: performance.now() - startedAt };
  };
  const metrics = async (name: string): Promise<string[]> => {
    const { text } = await service.get('/metrics', METRICS);
    return text.split('\n').filter((line) => line.startsWith(`${name}{`));
  };
  return { cms, amplitude, service, ask, metrics };
}

describe('items of a content system', () => {
  it('are joined in the order of the recommendation, whatever theirs is', async () => {
    const { amplitude, ask } = await open();
    for (const items of [GOOD, [...GOOD].reverse()]) {
      amplitude.plan(`for ${items[0]}`, treatment(...items));
      const { body, ids } = await ask(`user_id=for ${items[0]}`);
      expect([body.reason, ids]).toEqual(['recommended', items.slice(0, 3)]);
      expect(body.item_1_title).toBe(`All about ${items[0]} & more`);
      expect(body.item_1_price_text).toMatch(/^\$\d+\.50$/);
    }
  });

  it('are one request for a cold answer, and none for the next', async () => {
    const { cms, ask } = await open();
    expect(cms.requests.map(({ ids }) => ids)).toEqual([BASELINE]);
    await ask();
    await ask('user_id=bob');
    expect(cms.requests.slice(1).map(({ ids }) => ids)).toEqual([RECOMMENDED]);
  });

  it('are few requests for fifty cold answers at once', async () => {
    const many = Array.from({ length: 150 }, (_, index): CmsItem => {
      const id = `own-${index}`;
      return { id, sku: id, name: id, product_url: `https://www.example.com/${id}` };
    });
    const { cms, amplitude, ask } = await open({ cms: await openCms([...ITEMS, ...many]) });
    // So long that what comes meanwhile gathers, on a busy machine too.
    cms.takesMs = 400;
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, index) => {
        const own = [0, 1, 2].map((place) => `own-${index * 3 + place}`);
        amplitude.plan(`person-${index}`, treatment(...own));
        return ask(`user_id=person-${index}`);
      }),
    );
    expect(answers.flatMap(({ ids }) => ids)).toEqual(many.map(({ id }) => id));
    expect(cms.requests.length).toBeLessThan(20);
    const asked = cms.requests.flatMap(({ ids }) => ids);
    expect(asked).toHaveLength(new Set(asked).size);
  });

  it('that cannot be shown are left out for the next, and explained and counted', async () => {
    const { amplitude, ask, metrics } = await open();
    amplitude.plan('ann', treatment('gone', 'no-title', 'relative-url', ...GOOD));
    const { body, ids } = await ask('user_id=ann&explain=1');
    expect(ids).toEqual(RECOMMENDED);
    expect(body.explain_left_out).toBe('gone: not_found | no-title: incomplete | relative-url: incomplete');
    expect(await metrics('inlay_items_left_out_total')).toEqual([
      'inlay_items_left_out_total{placement="hero",reason="not_found"} 1',
      'inlay_items_left_out_total{placement="hero",reason="incomplete"} 2',
    ]);
  });

  it('of which none can be shown become the baseline', async () => {
    const { amplitude, ask } = await open();
    amplitude.plan('ann', treatment('gone', 'no-title'));
    const { body, ids } = await ask();
    expect([body.variant, body.reason, body.is_fallback, ids]).toEqual([
      'baseline',
      'no_content',
      true,
      SHOWN,
    ]);
  });

  it('are inert, whatever they hold', async () => {
    const { amplitude, ask } = await open();
    amplitude.plan('ann', treatment(...HOSTILE));
    for (const what of ['hero.json', 'hero.html', 'hero.txt']) {
      const { status, text } = await ask('user_id=ann', what);
      expect(status).toBe(200);
      expect(text).not.toMatch(/<script|<img src=x|<iframe|onerror=|javascript:|\{\{|\{%/i);
    }
    expect((await ask()).ids).toEqual(HOSTILE.slice(0, 3));
  });

  it('have their links completed', async () => {
    const files = placement(
      'linked',
      'links: { utm_source: "{{channel}}", item: "{{item_id}}-{{position}}" }',
    );
    const { ask } = await open({ files });
    const { body } = await ask('user_id=ann&channel=email', 'linked');
    expect(body.item_2_url).toBe(
      `https://www.example.com/learn/${RECOMMENDED[1]}?ref=a&x=1&utm_source=email&item=${RECOMMENDED[1]}-2`,
    );
  });

  it('are shown to whom their flag is on for, baseline items too', async () => {
    const files = {
      ...placement('gated', 'gate: { flag: "show-{id}", default: true }'),
      'flags.yaml': JSON.stringify({
        flags: Object.fromEntries(
          [RECOMMENDED[0], BASELINE[1]].map((id) => [
            `show-${id}`,
            {
              state: 'ENABLED',
              variants: { on: true, off: false },
              defaultVariant: 'off',
              targeting: { if: [{ '==': [{ var: 'targetingKey' }, 'tester'] }, 'on', 'off'] },
            },
          ]),
        ),
      }),
    };
    const { ask } = await open({ files });
    expect((await ask('user_id=tester', 'gated')).ids).toEqual(RECOMMENDED);
    const { ids, body } = await ask('user_id=ann&explain=1', 'gated');
    expect([ids, body.explain_left_out]).toEqual([RECOMMENDED.slice(1), `${RECOMMENDED[0]}: gated`]);
    expect((await ask('user_id=carl', 'gated')).ids).toEqual([BASELINE[0], BASELINE[2], BASELINE[3]]);
  });
});

describe('languages', () => {
  const translation = (id: string) => [id, { name_de: `Über ${id}`, name: `Von ${id}` }] as const;

  it('are those of the fields, the nearest there is', async () => {
    const cms = await openCms(
      ITEMS.map((item, index) => ({ ...item, ...(index !== 5 && translation(item.id)[1]) })),
    );
    const { ask } = await open({ cms });
    const titles = async (locale: string) => {
      const { body } = await ask(`user_id=ann&locale=${locale}`);
      return [body.item_1_title, body.item_2_title];
    };
    expect(await titles('de-AT')).toEqual([`Über ${GOOD[0]}`, `All about ${GOOD[1]} & more`]);
    expect(await titles('fr')).toEqual([`Von ${GOOD[0]}`, `All about ${GOOD[1]} & more`]);
    expect(cms.requests).toHaveLength(2);
  });

  it('are asked for where the system speaks them, and the baseline is there in those of its placements', async () => {
    const cms = await openCms(ITEMS);
    cms.translations.set('de', new Map(ITEMS.map(({ id }) => translation(id))));
    const { ask } = await open({
      cms,
      more: '&locale={locale}',
      files: placement('german', 'locale: de'),
    });
    expect(new Set(cms.requests.map(({ locale }) => locale))).toEqual(new Set([null, 'de']));
    cms.mode = 'hanging';
    const german = await ask('user_id=carl', 'german');
    expect([german.ids, german.body.item_1_title]).toEqual([SHOWN, `Über ${BASELINE[0]}`]);
    const austrian = await ask('user_id=carl&locale=de-AT', 'german');
    expect(austrian.body.item_1_title).toBe(`Über ${BASELINE[0]}`);
    expect((await ask('user_id=carl')).body.item_1_title).toBe(`All about ${BASELINE[0]} & more`);
  });
});

/** What a request is counted as while the system is in a mode. */
const RESULTS: readonly (readonly [Exclude<CmsMode, 'up'>, string])[] = [
  ['broken', 'status'],
  ['error_page', 'not_json'],
  ['refusing', 'no_rows'],
  ['empty', 'lost_items'],
  ['huge', 'too_large'],
  ['others', 'lost_items'],
  ['hanging', 'timeout'],
  ['dropping', 'connection'],
];

describe('while the content system fails', () => {
  it.each(RESULTS)('what it said before is shown for days (%s, counted as %s)', async (mode, result) => {
    const clock = createClock();
    const { cms, service, ask, metrics } = await open({ clock, settings: QUICK });
    await ask();
    cms.mode = mode;
    clock.advance(2 * HOUR_MS);
    const asked = cms.requests.length;
    for (const [user, ids] of [
      ['ann', RECOMMENDED],
      ['carl', SHOWN],
      ['ann', RECOMMENDED],
    ] as const) {
      const answer = await ask(`user_id=${user}`);
      expect([answer.status, answer.ids]).toEqual([200, ids]);
      expect(answer.ms).toBeLessThan(DEADLINE_MS + LENIENCE_MS);
    }
    expect(cms.requests.length).toBeGreaterThan(asked);
    await expect
      .poll(() => metrics('inlay_content_requests_total'), { timeout: 5_000 })
      .toContainEqual(expect.stringContaining(`{source="products",result="${result}"}`));
    expect(service.log.join()).not.toContain(TOKEN);
  });

  it.each(RESULTS)('an answer with new items is the baseline, in time (%s)', async (mode) => {
    const { cms, ask } = await open({ settings: QUICK });
    cms.mode = mode;
    for (const user of ['ann', 'bob', 'dora']) {
      const { status, body, ids, ms } = await ask(`user_id=${user}`);
      expect([status, body.variant, body.reason, ids]).toEqual([200, 'baseline', 'no_content', SHOWN]);
      expect(ms).toBeLessThan(DEADLINE_MS + LENIENCE_MS);
    }
  });

  it.each(RESULTS)('from the very start, blocks are empty, and never an error or late (%s)', async (mode) => {
    const cms = await openCms(ITEMS);
    cms.mode = mode;
    const { ask } = await open({ cms, settings: QUICK });
    for (const user of ['ann', 'carl', '']) {
      for (const what of ['hero.json', 'hero.html', 'hero.txt']) {
        const { status, ms } = await ask(`user_id=${user}`, what);
        expect(status).toBe(200);
        expect(ms).toBeLessThan(DEADLINE_MS + LENIENCE_MS);
      }
    }
    const { body } = await ask();
    expect(body).toMatchObject({ reason: 'no_content', item_count: 0, item_1_title: null });
  });

  it('it is noticed when it is over, without a restart', async () => {
    const cms = await openCms(ITEMS);
    cms.mode = 'dropping';
    const { ask, service } = await open({ cms });
    expect((await ask('user_id=carl')).ids).toEqual([]);
    cms.mode = 'up';
    await expect.poll(async () => (await ask('user_id=carl')).ids, { timeout: 10_000 }).toEqual(SHOWN);
    expect(service.log.join()).toContain('content source could not be reached');
  });
});

describe('a restart while the content system is down', () => {
  const store = () => ({ STORE_URL: `sqlite:${join(makeFolder(), 'inlay.db')}` });

  it('shows what was good last, for the baseline and for recommended items', async () => {
    const clock = createClock();
    const cms = await openCms(ITEMS);
    const settings = store();
    const first = await open({ cms, clock, settings });
    expect((await first.ask()).ids).toEqual(RECOMMENDED);
    await first.service.app.close();
    await cms.close();
    clock.advance(24 * HOUR_MS);
    const second = await open({ cms, clock, settings });
    expect((await second.ask('user_id=carl')).ids).toEqual(SHOWN);
    expect((await second.ask()).ids).toEqual(RECOMMENDED);
    const { ms, body } = await second.ask('user_id=carl');
    expect([body.item_1_title, ms < LENIENCE_MS]).toEqual([`All about ${BASELINE[0]} & more`, true]);
  });

  it('does not show what the system no longer had', async () => {
    const clock = createClock();
    const cms = await openCms(ITEMS);
    const settings = store();
    const first = await open({ cms, clock, settings });
    await first.ask();
    cms.items.delete(GOOD[0]);
    clock.advance(2 * HOUR_MS);
    expect((await first.ask()).ids).toEqual(RECOMMENDED.slice(1));
    await first.service.app.close();
    await cms.close();
    clock.advance(2 * HOUR_MS);
    const second = await open({ cms, clock, settings });
    expect((await second.ask()).ids).toEqual(RECOMMENDED.slice(1));
  });
});

describe('a slow content system', () => {
  it('makes no answer late; a later one has what came', async () => {
    const { cms, ask } = await open({ settings: QUICK });
    cms.takesMs = DEADLINE_MS + 200;
    const { body, ids, ms } = await ask();
    expect([body.reason, ids]).toEqual(['no_content', SHOWN]);
    expect(ms).toBeLessThan(DEADLINE_MS + LENIENCE_MS);
    await expect.poll(async () => (await ask('user_id=bob')).ids, { timeout: 5_000 }).toEqual(RECOMMENDED);
    expect(cms.requests).toHaveLength(2);
  });

  it('does not keep the service from starting and stopping', async () => {
    const cms = await openCms(ITEMS);
    cms.mode = 'hanging';
    const startedAt = performance.now();
    const { service } = await open({ cms, timeout: '20s' });
    await service.app.close();
    expect(performance.now() - startedAt).toBeLessThan(10_000);
    expect(cms.requests).toHaveLength(1);
  });

  it('has its baseline ready once it has answered, though the start did not wait for that', async () => {
    const cms = await openCms(ITEMS);
    cms.takesMs = 1_500;
    const { ask } = await open({ cms });
    await expect.poll(async () => (await ask('user_id=carl')).ids, { timeout: 5_000 }).toEqual(SHOWN);
    expect(cms.requests).toHaveLength(1);
  });
});

it('requests are counted by how they ended', async () => {
  const { cms, amplitude, ask, metrics } = await open();
  await ask();
  amplitude.plan('bob', treatment('gone'));
  cms.mode = 'broken';
  await ask('user_id=bob');
  expect(await metrics('inlay_content_requests_total')).toEqual([
    'inlay_content_requests_total{source="products",result="ok"} 2',
    'inlay_content_requests_total{source="products",result="status"} 1',
  ]);
});
