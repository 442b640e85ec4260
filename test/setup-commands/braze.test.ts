import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeBraze } from '../../src/setup/braze.ts';
import { openAmplitude } from '../support/amplitude.ts';
import { createBraze } from '../support/braze.ts';
import { HOSTILE } from '../support/products.ts';
import { treatment } from '../support/replies.ts';
import { basic, CALLER, openService } from '../support/service.ts';
import { codeBlocks, type DemoRun, runBesideDemo } from './run.ts';

const SAMPLES = ['treatment', 'control', 'unknown', 'empty', 'outage', 'long', 'sparse', 'misspelt'];

const LINK = /http:\/\/127\.0\.0\.1:\d+\/c\/[\w-]+\/[\w.-]+/g;

describe.each([
  ['home-hero', 3],
  ['reading-list', 4],
])('npm run setup-braze for %s', (placement, items) => {
  let demo: DemoRun;
  beforeAll(async () => {
    demo = await runBesideDemo('setup-braze', placement);
  });
  afterAll(() => demo?.close());

  const code = (title: string): string => codeBlocks(demo.output).get(title) ?? '';
  /** What a person gets of what is to be copied, and perhaps something behind it. */
  const render = (title: string, user_id: string, behind = '') =>
    createBraze({ inlay: demo.credentials }).render(`${code(title)}${behind}`, { user_id });
  const sampleOf = (name: string): Readonly<Record<string, unknown>> =>
    JSON.parse(code(`Sample answer: ${name}`).split('\n\n')[1] ?? '');

  it('prints a finished block for each template, which shows all items of every sample', async () => {
    const titles = [...codeBlocks(demo.output).keys()].filter((title) => title.startsWith('The finished'));
    expect(titles).toEqual([
      'The finished block in an e-mail',
      'The finished block from the template "message"',
    ]);
    for (const title of titles) {
      for (const sample of SAMPLES) {
        const html = await render(title, `inlay-sample-${sample}`);
        expect(html).toMatch(/^</);
        expect(html).not.toMatch(/\{\{|\{%/);
        expect(new Set(html.match(LINK)).size, `${title} for ${sample}`).toBe(items);
      }
    }
  });

  it('prints a line for the plain-text part, which shows the same', async () => {
    for (const sample of SAMPLES) {
      const html = await render('The finished block in an e-mail', `inlay-sample-${sample}`);
      const text = await render('The plain-text part of an e-mail', `inlay-sample-${sample}`);
      expect(text).not.toMatch(/<[a-z]/i);
      expect(new Set(text.match(LINK))).toEqual(new Set(html.match(LINK)));
    }
  });

  it('prints markup to go on from, with every item of every sample', async () => {
    for (const sample of SAMPLES) {
      const html = await render('Your own markup', `inlay-sample-${sample}`);
      expect(html.match(/<a href="http:\/\/127[^"]+">[^<>"]+<\/a>/g), sample).toHaveLength(items);
    }
  });

  it('prints a subject line with the first item of the body, or with words of its own', async () => {
    for (const sample of ['treatment', 'control', 'unknown', 'outage']) {
      const subject = await render('A subject line', `inlay-sample-${sample}`);
      expect(subject).toBe(sampleOf(sample).item_1_title);
    }
    const withoutCredentials = createBraze({});
    expect(await withoutCredentials.render(code('A subject line'))).toBe('News for you');
  });

  it('prints a tag that gets the 500 on which Braze comes back, where Amplitude fails and only there', async () => {
    const title = 'Rather later than with the baseline';
    expect(code(title)).toMatch(/:save reco :retry %\}$/);
    expect(await render(title, 'treatment-1', '{{reco.reason}}')).toBe('recommended');
    expect(await render(title, 'control-1', '{{reco.reason}}')).toBe('control');
    expect(await render(title, 'error-1', '{{reco.reason}}')).toBe('');
  });

  it('prints exactly the keys that the JSON has', () => {
    const keys = code('Keys of the JSON')
      .split('\n')
      .map((line) => line.split(' ')[0]);
    const ofFirst = Object.keys(sampleOf('treatment')).filter((key) => !/^item_[2-9]_/.test(key));
    expect(keys).toEqual(ofFirst);
  });

  it('prints sample answers that are those of the commands above them', async () => {
    for (const sample of ['treatment', 'control', 'unknown', 'outage']) {
      const [, url = ''] = /NAME:PASSWORD '(.*)'/.exec(code(`Sample answer: ${sample}`)) ?? [];
      const answer = await demo.get(url, { authorization: basic(demo.credentials) });
      expect(await answer.json()).toEqual(sampleOf(sample));
    }
  });
});

it('the markup to go on from keeps hostile content inert', async () => {
  const amplitude = await openAmplitude();
  amplitude.planForAll(treatment(...HOSTILE));
  const { app, url } = await openService({ amplitude });
  const live = app.findPlacement('hero');
  if (!live) throw new Error('There is no placement hero');
  const { placement, source } = live;
  const setUp = { placement, shape: source.shape, templates: ['email'], publicUrl: url, key: '' };
  const code = describeBraze(setUp).find(({ title }) => title === 'Your own markup')?.code;
  const html = await createBraze({ inlay: CALLER }).render(code ?? '', { user_id: 'ann' });
  expect(html.match(/<a href="[^"<>]*">[^"<>]*<\/a>/g)).toHaveLength(3);
  expect(html.replace(/<a href="[^"<>]*">|<\/a>/g, '')).not.toMatch(/[<>"]|49007/);
});
