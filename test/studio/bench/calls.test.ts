import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { ANSWER, HERO, PERSON, reply, show, tag } from './evaluated.ts';

const GET_HEADERS = {
  accept: '*/*',
  'accept-encoding': 'gzip',
  'content-type': 'application/json',
  'user-agent': expect.stringMatching(/^Braze Sender/),
};

describe('a Connected Content call', () => {
  it('goes out as Braze sends it', async () => {
    const { asked, calls, problems } = await show(tag(), {
      attributes: { user_id: 'a+b c' },
      replies: [reply(ANSWER)],
    });
    const url = `${HERO}.json?user_id=a%2Bb%20c`;
    expect(asked).toEqual([{ method: 'GET', url, headers: GET_HEADERS, body: null, credentials: 'inlay' }]);
    expect(calls).toEqual([{ line: 1, url, status: 200, ms: 5, attempts: 1, saved: 'reco' }]);
    expect(problems).toEqual([]);
  });

  it.each([
    [`:body ${PERSON}&limit=1`, 'application/x-www-form-urlencoded', 'user_id=a%2Bb&limit=1', '*/*'],
    [
      `:content_type application/json :body ${PERSON}&limit=1`,
      'application/json',
      '{"user_id":"a%2Bb","limit":"1"}',
      'application/json',
    ],
    [
      '{"X-A": "{{1 | plus: 1}}"} :body {"user_id":"{{${user_id}}}","limit":2}',
      'application/x-www-form-urlencoded',
      '{"user_id":"a+b","limit":2}',
      '*/*',
    ],
  ])('goes out as a POST with %s', async (options, contentType, body, accept) => {
    const headers = options.startsWith('{') ? ':headers ' : '';
    const { asked } = await show(
      `{% connected_content ${HERO} :method post ${headers}${options} :basic_auth inlay :save reco %}`,
      { attributes: { user_id: 'a+b' }, replies: [reply(ANSWER)] },
    );
    expect(asked).toEqual([
      expect.objectContaining({
        method: 'POST',
        body,
        headers: {
          ...GET_HEADERS,
          accept,
          'content-type': contentType,
          ...(headers !== '' && { 'x-a': '2' }),
        },
      }),
    ]);
  });

  it('takes a body with spaces from a capture', async () => {
    const { asked } = await show(
      `{% capture b %}{"user_id": "{{\${user_id} | json_escape}}"}{% endcapture %}{% connected_content ${HERO} :method post :body {{b}} :content_type application/json :basic_auth inlay :save reco %}`,
      { replies: [reply(ANSWER)] },
    );
    expect(asked[0]?.body).toBe('{"user_id": "ann"}');
  });

  it.each<[string, string, unknown, string]>([
    ['text, where the tag stands', tag('.html', '', ''), '<p>Kettle</p>', '<p>Kettle</p>|'],
    ['text that is saved', `${tag('.txt')}{{reco}}`, 'Kettle', 'Kettle|'],
    [
      'JSON whatever its content type',
      `${tag()}{{reco.item_1_title | escape}} {{reco.items[1].title | escape}}`,
      ANSWER,
      'R&amp;D Lamp|',
    ],
    ['the status, in an object', `${tag()}{{reco.__http_status_code__}}`, ANSWER, '200|'],
    ['no status, in an array', `${tag()}{{reco.__http_status_code__}}{{reco[0]}}`, ['a'], 'a|'],
    [
      'JSON without :save, as connected',
      `${tag('.json', '', '')}{{connected.variant}}`,
      ANSWER,
      'treatment|',
    ],
    [
      'null as false',
      `${tag()}{% if reco.item_1_image_url %}picture{% else %}none{% endif %}`,
      ANSWER,
      'none|',
    ],
    ['Liquid in an answer as text', tag('.txt', '', ''), '{{${user_id}}}', '{{${user_id}}}|'],
    [
      'Liquid in an answer evaluated once',
      tag('.txt', '', ' :rerender'),
      '{{${user_id}}} {% connected_content https://x.example %}',
      'ann {% connected_content https://x.example %}|',
    ],
    [
      'Liquid evaluated before JSON is read',
      `${tag('.json', '', ' :rerender :save reco')}{{reco.a}}`,
      '{"a":"{{${user_id}}}"}',
      'ann|',
    ],
  ])('gives %s', async (_what, template, body, output) => {
    const { outcome, output: found, told } = await show(`${template}|`, { replies: [reply(body)] });
    expect({ outcome, found, told: told.filter((one) => one.includes('problem')) }).toEqual({
      outcome: 'sent',
      found: output,
      told: [],
    });
  });

  it.each([
    [
      'redirects',
      reply('', { status: 302 }),
      'The answer was 302, a redirect, which Braze does not follow. reco stays empty.',
    ],
    [
      '404',
      reply('{}', { status: 404 }),
      'The answer was 404: there is nothing at this URL. reco stays empty. Is the name',
    ],
    [
      '401',
      reply('{}', { status: 401 }),
      'The answer was 401: no valid credentials came along. reco stays empty. Name stored',
    ],
    [
      '500 without :retry',
      reply(ANSWER, { status: 500 }),
      'The answer was 500. reco stays empty. With :retry',
    ],
    ['503', reply(ANSWER, { status: 503 }), 'The answer was 503. reco stays empty.'],
    [
      '2.0 s',
      reply(ANSWER, { ms: 2_000 }),
      'The answer took 2.0 s, and Braze inserts nothing that takes 2 s or more. reco stays empty.',
    ],
    [
      'a foreign URL',
      null,
      'inlay.example.com is not this service, or this is none of its addresses for messages, so nothing is called here. reco stays empty.',
    ],
  ])('uses nothing of %s, and the message goes out', async (_what, answer, message) => {
    const { outcome, output, told, calls } = await show(`a\n${tag()}{{reco.item_1_title}}{{reco}}`, {
      replies: [answer],
    });
    expect({ outcome, output }).toEqual({ outcome: 'sent', output: 'a\n' });
    expect(told).toEqual([expect.stringContaining(`2 problem ${message}`)]);
    expect(calls).toHaveLength(answer ? 1 : 0);
  });

  it('may take its time, which is not that for evaluating', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    onTestFinished(() => void vi.useRealTimers());
    const { outcome, output } = await show(`${tag()}{% for i in (1..3) %}{{i}}{% endfor %}`, {
      replies: [reply(ANSWER)],
      limits: { evaluationMs: 1_000 },
      onAsked: () => vi.advanceTimersByTime(1_900),
    });
    expect({ outcome, output }).toEqual({ outcome: 'sent', output: '123' });
  });

  it('uses an answer that just comes in time', async () => {
    const { output } = await show(`${tag()}{{reco.variant}}`, { replies: [reply(ANSWER, { ms: 1_999 })] });
    expect(output).toBe('treatment');
  });

  it.each([500, 502])('comes back five times after %i with :retry, and then is not sent', async (status) => {
    const { outcome, output, asked, calls, told } = await show(
      `before ${tag('.json', '', ' :save reco :retry')} after`,
      {
        replies: [reply('', { status })],
      },
    );
    expect({ outcome, output }).toEqual({ outcome: 'not_sent_after_retries', output: 'before ' });
    expect(asked).toHaveLength(6);
    expect(calls).toEqual([expect.objectContaining({ status, attempts: 6 })]);
    expect(told).toEqual([expect.stringMatching(/^1 warning The answer was 50\d, in all 6 attempts/)]);
  });

  it('is used if a retry finds an answer', async () => {
    const failed = reply('', { status: 500 });
    const { outcome, output, asked, calls, told } = await show(
      `${tag('.json', '', ' :save reco :retry')}{{reco.variant}}`,
      { replies: [failed, failed, reply(ANSWER)] },
    );
    expect({ outcome, output, asked: asked.length }).toEqual({
      outcome: 'sent',
      output: 'treatment',
      asked: 3,
    });
    expect(calls).toEqual([expect.objectContaining({ status: 200, attempts: 3 })]);
    expect(told).toEqual([expect.stringMatching(/^1 warning An answer came with attempt 3 only/)]);
  });

  it('does not come back for 404 with :retry', async () => {
    const { outcome, asked } = await show(tag('.json', '', ' :save reco :retry'), {
      replies: [reply('', { status: 404 })],
    });
    expect({ outcome, asked: asked.length }).toEqual({ outcome: 'sent', asked: 1 });
  });

  it("is repeated from Braze's cache for the same URL", async () => {
    const { asked, calls, output } = await show(
      `${tag()}${tag()}${tag('.json', '', ' :save reco :no_cache')}{{reco.variant}}`,
      {
        replies: [reply(ANSWER)],
      },
    );
    expect(output).toBe('treatment');
    expect(asked).toHaveLength(2);
    expect(calls.map(({ attempts }) => attempts)).toEqual([1, 0, 1]);
  });

  it('stops the message if its credentials do not exist', async () => {
    const { outcome, abortReason, asked, told } = await show(tag().replace('inlay :save', 'inley :save'));
    expect({ outcome, abortReason, asked }).toEqual({
      outcome: 'aborted',
      abortReason: 'There are no credentials named inley',
      asked: [],
    });
    expect(told).toEqual([expect.stringMatching(/^1 problem .* There are: inlay\.$/)]);
  });

  it('takes any credentials where none are known', async () => {
    const { outcome, asked } = await show(tag(), { credentials: null, replies: [reply(ANSWER)] });
    expect({ outcome, credentials: asked[0]?.credentials }).toEqual({
      outcome: 'sent',
      credentials: 'inlay',
    });
  });

  it('is made twenty times and no more', async () => {
    const { outcome, asked, told } = await show(
      `{% for i in (1..30) %}\n${tag('.json', '&limit={{i}}')}{% endfor %}`,
      {
        replies: [reply(ANSWER)],
      },
    );
    expect({ outcome, asked: asked.length }).toEqual({ outcome: 'broken', asked: 20 });
    expect(told.at(-1)).toMatch(/^2 problem The message makes more than 20 calls/);
  });

  it('tells what the service has to say about an answer, once', async () => {
    const { told } = await show(tag('.json', '', ' :save reco :retry'), {
      replies: [reply('', { status: 500, note: 'never told' }), reply(ANSWER, { note: 'A sample.' })],
    });
    expect(told.filter((one) => /sample|never/.test(one))).toEqual(['1 warning A sample.']);
  });
});

describe('a URL', () => {
  it.each([
    [
      'http://127.0.0.1:3000/v1/placements/hero',
      'warning',
      /127.0.0.1 is this machine: that works here only/,
    ],
    ['http://localhost:3000/v1/placements/hero', 'warning', /localhost is this machine/],
    ['https://inlay.example.com:8443/v1/placements/hero', 'problem', /ports 80 and 443 only, not 8443/],
    ['http://inlay.example.com/v1/placements/hero', 'warning', /in the clear/],
  ])('%s is called and told of', async (url, severity, message) => {
    const { asked, problems } = await show(
      `{% connected_content ${url}?${PERSON} :basic_auth inlay :save reco %}`,
      { replies: [reply(ANSWER)] },
    );
    expect(asked).toHaveLength(1);
    expect(problems).toEqual([{ line: 1, severity, message: expect.stringMatching(message) }]);
  });

  it.each([
    ['inlay.example.com/v1/placements/hero', /does not begin with https/],
    ['{{nowhere}}', /The URL is empty/],
    ['https://', /is no URL/],
    ['file:///etc/passwd', /does not begin with https/],
  ])('%s is not called', async (url, message) => {
    const { asked, outcome, told } = await show(
      `{% connected_content ${url} :basic_auth inlay :save reco %}`,
    );
    expect({ asked, outcome }).toEqual({ asked: [], outcome: 'sent' });
    expect(told.join('\n')).toMatch(message);
  });

  it('with a space in it is told of', async () => {
    const { asked, told } = await show(
      `{% connected_content ${HERO}?${PERSON}&locale={{\${language}}} :basic_auth inlay :save reco %}`,
      { attributes: { user_id: 'ann', language: 'de AT' }, replies: [reply(ANSWER)] },
    );
    expect(asked[0]?.url).toBe(`${HERO}?user_id=ann&locale=de AT`);
    expect(told).toEqual([expect.stringMatching(/^1 warning The URL comes out with a space/)]);
  });
});

describe('abort_message', () => {
  it.each([
    ["{% abort_message('no luck') %}", 'no luck'],
    ['{% abort_message("it\'s over") %}', "it's over"],
    ['{% abort_message() %}', '{% abort_message %} called'],
    ['{% abort_message %}', '{% abort_message %} called'],
  ])('%s ends the message with a reason', async (abort, abortReason) => {
    const {
      outcome,
      abortReason: found,
      output,
      asked,
    } = await show(`a{% if true %}${abort}{% endif %}b${tag()}`);
    expect({ outcome, found, output, asked }).toEqual({
      outcome: 'aborted',
      found: abortReason,
      output: 'a',
      asked: [],
    });
  });

  it('does nothing in a branch that is not taken', async () => {
    expect(await show("a{% if false %}{% abort_message('x') %}{% endif %}b")).toMatchObject({
      outcome: 'sent',
      output: 'ab',
    });
  });
});
