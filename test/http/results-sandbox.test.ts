import { expect, it, onTestFinished } from 'vitest';
import { dayAt } from '../../src/domain/day.ts';
import { startSandbox } from '../../src/sandbox/demo.ts';
import { SECRET_KEY } from '../support/amplitude.ts';
import { openService, STUDIO } from '../support/service.ts';
import { writeTemplates } from '../support/templates.ts';
import { heroWith } from './measured.ts';

const API_KEY = 'sandbox-api-key';
const BROWSER =
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36';

const PEOPLE = 500;
/** One in five of control buys, and half as many again of the treated. */
const EVERY = { control: 10, treatment: 10 };
const BUYERS_OF_TEN = { control: 2, treatment: 3 };
const TRUE_LIFT = 0.5;

/** The service before the sandbox, in which people are what their ids say. */
async function open() {
  let itemsOf: (recommendation: string) => readonly string[] = () => [];
  const sandbox = await startSandbox({
    apiKey: API_KEY,
    secretKey: SECRET_KEY,
    itemsOf: (recommendation) => itemsOf(recommendation),
  });
  onTestFinished(sandbox.close);
  const { profileApiUrl, eventsApiUrl, dashboardApiUrl } = sandbox.urls;
  const service = await openService({
    amplitude: { url: profileApiUrl, close: async () => {} },
    templates: writeTemplates(heroWith('results: { outcome: Purchase }')),
    settings: {
      AMPLITUDE_API_KEY: API_KEY,
      EVENTS_API_URL: eventsApiUrl.href,
      DASHBOARD_API_URL: dashboardApiUrl.href,
      PROFILE_BUDGET_PER_MINUTE: '100000',
    },
  });
  itemsOf = service.app.itemIds;
  const buy = (userIds: readonly string[]) =>
    fetch(eventsApiUrl, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({
        api_key: API_KEY,
        events: userIds.map((user_id) => ({ event_type: 'Purchase', user_id, time: Date.now() + 60_000 })),
      }),
    });
  return { service, buy };
}

it('messages that simulated people got and clicked give results around their true lift', {
  timeout: 60_000,
}, async () => {
  const { service, buy } = await open();
  // Taken before the first message, should it be midnight meanwhile.
  const day = dayAt(Date.now());
  const buyers: string[] = [];
  for (const arm of ['control', 'treatment'] as const) {
    for (let index = 0; index < PEOPLE; index += 1) {
      const id = `${arm}-${index}`;
      const { body } = await service.get(`/v1/placements/hero?user_id=${id}&campaign=sim&channel=email`);
      expect(body.reason).toBe(arm === 'control' ? 'control' : 'recommended');
      if (index % EVERY[arm] >= BUYERS_OF_TEN[arm]) continue;
      await service.get(new URL(body.item_1_click_url).pathname, null).set('User-Agent', BROWSER);
      buyers.push(id);
    }
  }
  expect((await buy(buyers)).status).toBe(200);
  const read = () =>
    service.get(`/v1/results/hero?campaign=sim&start=${day}&end=${dayAt(Date.now() + 60_000)}`, STUDIO);
  // What was served is told within seconds; an answer that knows too few of it is kept for a while.
  await expect
    .poll(async () => (await service.get('/metrics', STUDIO)).text, { timeout: 20_000 })
    .toMatch(new RegExp(`inlay_events_total\\{event="served",result="sent"\\} ${2 * PEOPLE}\\b`));
  const { status, body } = await read();
  expect(status).toBe(200);
  expect(body.control).toMatchObject({ users: PEOPLE, conversions: PEOPLE / 5 });
  expect(body.treatment).toMatchObject({ users: PEOPLE, conversions: (PEOPLE * 3) / 10 });
  expect(body.lift).toBeCloseTo(TRUE_LIFT, 6);
  expect(body.lift_low).toBeLessThan(TRUE_LIFT);
  expect(body.lift_high).toBeGreaterThan(TRUE_LIFT);
  expect(body.verdict).toMatch(/raised Purchase by 50 %/);
  const { text } = await service.get('/metrics', STUDIO);
  expect(text).toMatch(
    new RegExp(`inlay_events_total\\{event="clicked",result="sent"\\} ${buyers.length}\\b`),
  );
});
