import { expect, it } from 'vitest';
import { openCms } from '../support/cms.ts';
import { BASELINE, GOOD } from '../support/products.ts';
import { FALLBACK, heroWith, imageOf, of, openLinks, urlOf } from './following.ts';

const DEADLINE_MS = 400;
/** A busy machine may be late with its timers. */
const LENIENCE_MS = 400;

const ITEMS = [...BASELINE, ...GOOD].map((id) => ({ id, name: id, url: urlOf(id), image: imageOf(id) }));

/** `hero` with content from a system that answers over the network. */
async function open() {
  const cms = await openCms(ITEMS);
  const source = `products:
  type: http
  url: "${cms.url}"
  ids: repeated
  rows: items
  key: id
  timeout: 10s
  fields: { title: name, url: url, image_url: image }
  required: [title, url]
`;
  const gone = [
    'hero/message.hbs',
    'hero/email.txt.hbs',
    'brand/strip/placement.yaml',
    'brand/strip/email.hbs',
  ];
  const links = await openLinks(
    {
      ...Object.fromEntries([...gone, 'off/placement.yaml', 'off/email.hbs'].map((file) => [file, null])),
      'content-sources.yaml': source,
      'hero/placement.yaml': heroWith(),
      'hero/email.hbs': '<p>{{#each items}}{{title}} {{/each}}</p>',
    },
    { settings: { ANSWER_DEADLINE: `${DEADLINE_MS}ms` } },
  );
  return { ...links, cms };
}

it('a source that hangs holds no link up beyond its deadline, and none that need not ask it', async () => {
  const { amplitude, ask, lead, follow, cms, change } = await open();
  await ask('ann');
  cms.mode = 'hanging';
  // Of these nothing is known yet.
  const strange = ['strange-1', 'strange-2', 'strange-3'];
  await change({
    'hero/placement.yaml': heroWith().replace(/baseline: .*/, `baseline: [${strange.join()}]`),
  });
  amplitude.plan('bob', { fault: 'hang' });

  const timed = async <T>(work: Promise<T>): Promise<T> => {
    const before = performance.now();
    const done = await work;
    expect(performance.now() - before).toBeLessThan(DEADLINE_MS + LENIENCE_MS);
    return done;
  };
  expect(await timed(lead(`/go/hero/1?${of('bob')}`))).toBe(FALLBACK);
  expect((await timed(follow(`/img/hero/1?${of('bob')}`))).headers['content-type']).toBe('image/gif');
  expect((await timed(follow(`/page/hero?${of('bob')}`))).status).toBe(200);
  expect(await timed(lead(`/go/hero/1?${of('ann')}`))).toBe(urlOf(GOOD[0]));
  expect(await timed(lead(`/img/hero/1?${of('ann')}`))).toBe(imageOf(GOOD[0]));
});
