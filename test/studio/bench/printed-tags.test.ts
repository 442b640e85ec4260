import { join } from 'node:path';
import pino from 'pino';
import { describe, expect, it, onTestFinished } from 'vitest';
import { SAMPLE_NAMES } from '../../../src/domain/sample.ts';
import { describeBraze } from '../../../src/setup/braze.ts';
import { createLiquidBench } from '../../../src/studio/bench/bench.ts';
import { type Evaluated, evaluate } from '../../../src/studio/bench/evaluate.ts';
import { BENCH_LIMITS } from '../../../src/studio/bench/limits.ts';
import type { BenchCall, BenchReply, MakeBenchCall } from '../../../src/studio/bench/message.ts';
import { type Amplitude, openAmplitude } from '../../support/amplitude.ts';
import { treatment } from '../../support/replies.ts';
import { basic, CALLER, openService, type Service } from '../../support/service.ts';

const TEMPLATES = join(import.meta.dirname, '../../../templates');
const PUBLIC_URL = 'https://inlay.example.com';
const PLACEMENTS = ['home-hero', 'reading-list'] as const;

type Opened = { readonly service: Service; readonly amplitude: Amplitude; readonly call: MakeBenchCall };

async function open(): Promise<Opened> {
  const amplitude = await openAmplitude();
  const service = await openService({ amplitude, templates: TEMPLATES });
  return { service, amplitude, call: (call) => callOverHttp(service.url, call) };
}

/** The public address stands for the service that runs here. */
async function callOverHttp(base: string, call: BenchCall): Promise<BenchReply | null> {
  if (!call.url.startsWith(`${PUBLIC_URL}/`)) return null;
  const startedMs = performance.now();
  const authorization = call.credentials === 'inlay' ? { authorization: basic(CALLER) } : {};
  const response = await fetch(call.url.replace(PUBLIC_URL, base), {
    method: call.method,
    headers: { ...call.headers, ...authorization },
    body: call.body,
    redirect: 'manual',
  });
  const body = await response.text();
  const contentType = response.headers.get('content-type') ?? '';
  return { status: response.status, contentType, body, ms: performance.now() - startedMs, note: null };
}

/** What is to be copied into a message, by its title. */
function printedFor({ app }: Service, name: string): (readonly [string, string])[] {
  const live = app.findPlacement(name);
  if (!live) throw new Error(`no placement ${name}`);
  const { placement, source, templates } = live;
  const sections = describeBraze({
    placement,
    shape: source.shape,
    templates: [...templates.keys()],
    publicUrl: PUBLIC_URL,
    key: 'key',
  });
  return sections.flatMap(({ title, code }) => (code?.includes('{%') ? [[title, code] as const] : []));
}

describe.each(PLACEMENTS)('what is printed to be copied for %s', (placement) => {
  it('comes out for every sample without anything to tell but that the send is to be named', async () => {
    const { service, amplitude, call } = await open();
    const printed = printedFor(service, placement);
    expect(printed.length).toBeGreaterThanOrEqual(6);
    for (const [title, code] of printed) {
      for (const sample of SAMPLE_NAMES) {
        // What :retry is for: the message waits for Amplitude, and is not sent in the end.
        const isLeft = sample === 'outage' && code.includes(':retry');
        const outcome = isLeft ? 'not_sent_after_retries' : 'sent';
        const left = isLeft ? ['1 warning The answer was 500'] : [];

        const asPrinted = await show(code, `inlay-sample-${sample}`, call);
        const told = ['1 warning NAME-OF-THIS-SEND is', ...left];
        expect(summary(asPrinted), `${title} for ${sample}`).toEqual({ outcome, told });
        const filledIn = code.replaceAll('NAME-OF-THIS-SEND', 'weekly-2026-11-27');
        const shown = await show(filledIn, `inlay-sample-${sample}`, call);
        expect(summary(shown), `${title} for ${sample}`).toEqual({ outcome, told: left });
        if (!code.includes(':retry')) expect(shown.output.trim(), `${title} for ${sample}`).not.toBe('');
      }
    }
    expect(amplitude.calls).toHaveLength(0);
  });
});

/** The beginnings of what is told. */
function summary({ outcome, problems }: Evaluated) {
  const told = problems.map(({ line, severity, message }) => `${line} ${severity} ${message}`);
  return { outcome, told: told.map((one) => one.split(/(?<=is|500)\b/)[0]) };
}

const show = (template: string, user_id: string, call: MakeBenchCall) =>
  evaluate({ template, attributes: { user_id }, credentials: ['inlay'] }, BENCH_LIMITS, {
    ask: async (asked) => {
      const reply = await call(asked);
      return reply && { kind: 'answer', reply };
    },
    onChecked: () => {},
  });

describe('a whole message', () => {
  it('shows the same person the same items in all parts, in a process of its own', async () => {
    const { service, amplitude, call } = await open();
    amplitude.planForAll(treatment('what-is-a-cd', 'investing-101'));
    const bench = createLiquidBench({ call, log: pino({ level: 'silent' }) });
    onTestFinished(() => bench.close());
    const template = printedFor(service, 'home-hero')
      .filter(([title]) => /own markup|subject line/.test(title))
      .map(([, code]) => code.replaceAll('NAME-OF-THIS-SEND', 'weekly-2026-11-27'))
      .join('\n---\n');
    const { outcome, output, problems, calls } = await bench.run({
      template,
      attributes: { user_id: 'jürgen+ä&b@example.com' },
      credentials: ['inlay'],
    });
    expect({ outcome, problems }).toEqual({ outcome: 'sent', problems: [] });
    const [markup = '', subject = ''] = output.split('---');
    expect(
      markup.match(/<a href="https:\/\/inlay\.example\.com\/c\/home-hero\/[\w.-]+">[^<>]+<\/a>/g),
    ).toHaveLength(2);
    expect(markup).toContain(`>${subject.trim()}</a>`);
    expect(calls.map(({ status, attempts }) => [status, attempts])).toEqual([
      [200, 1],
      [200, 1],
    ]);
    expect(amplitude.calls.map(({ person }) => person)).toEqual(['jürgen+ä&b@example.com']);
  });

  it('shows what the service answers without credentials, for an unknown placement and for wrong parameters', async () => {
    const { call } = await open();
    const url = `${PUBLIC_URL}/v1/placements`;
    const person = 'user_id={{${user_id} | url_param_escape}}';
    const { problems, calls } = await show(
      `{% connected_content ${url}/home-hero.json?${person} :save a %}
{% connected_content ${url}/home-herp.json?${person} :basic_auth inlay :save b %}
{% connected_content ${url}/reading-list.json?${person}&limit=many :basic_auth inlay :save c %}
{% connected_content ${url.replace('v1', 'v2')}/home-hero?${person} :basic_auth inlay :save d %}`,
      'inlay-sample-treatment',
      call,
    );
    expect(calls.map(({ line, status }) => [line, status])).toEqual([
      [1, 401],
      [2, 404],
      [3, 400],
      [4, 404],
    ]);
    expect(problems.map(({ line }) => line)).toEqual([1, 1, 2, 3, 4]);
  });
});
