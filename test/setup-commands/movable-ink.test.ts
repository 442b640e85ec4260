import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { basic, type Credentials } from '../support/service.ts';
import { codeBlocks, type DemoRun, runBesideDemo, runCommand } from './run.ts';

let demo: DemoRun;
beforeAll(async () => {
  demo = await runBesideDemo('setup-movable-ink', 'home-hero');
});
afterAll(() => demo?.close());

const linesOf = (title: string): string[] => (codeBlocks(demo.output).get(title) ?? '').split('\n');
const authorized = () => ({ authorization: basic(demo.credentials) });

type Answer = Readonly<Record<string, string | number | boolean | null>>;
const getJson = async (url: string) => (await (await demo.get(url, authorized())).json()) as Answer;
const locationOf = async (url: string) => (await demo.get(url)).headers.get('location');

/** As Movable Ink puts values in. */
const fill = (url: string, values: Readonly<Record<string, string>>): string =>
  url.replace(/\[([\w\s.-]+)\]/g, (token, name: string) => values[name] ?? token);

const PERSON = { user_id: 'treatment-1', campaign: 'weekly-2026-11-27' };

describe('npm run setup-movable-ink', () => {
  it('prints a data source that works, and exactly the fields that it answers', async () => {
    const [url = ''] = linesOf('Data source');
    const fields = linesOf('Fields to map').map((line) => line.split(' ')[0]);
    for (const item_index of ['1', '2', '3']) {
      const answer = await getJson(fill(url, { ...PERSON, item_index }));
      expect(answer).toMatchObject({ reason: 'recommended', position: Number(item_index) });
      expect(fields).toEqual(Object.keys(answer));
    }
  });

  it('prints links and images that find what was shown, position by position', async () => {
    const [url = ''] = linesOf('Data source');
    const links = linesOf('Links of the images');
    const images = linesOf('Images by themselves');
    expect([links.length, images.length]).toEqual([3, 3]);
    for (const index of [0, 1, 2]) {
      const shown = await getJson(fill(url, { ...PERSON, item_index: String(index + 1) }));
      expect(shown.is_treatment).toBe(true);
      expect(await locationOf(fill(links[index] ?? '', PERSON))).toBe(shown.item_url);
      expect(await locationOf(fill(images[index] ?? '', PERSON))).toBe(shown.item_image_url);
    }
  });

  it('prints a web crop that shows the same item, in its size, with its link', async () => {
    const [url = ''] = linesOf('Data source');
    const shown = await getJson(fill(url, { ...PERSON, item_index: '1' }));
    const [crop = ''] = linesOf('Web crop');
    const page = await demo.get(fill(crop, PERSON));
    const html = await page.text();
    expect(page.status).toBe(200);
    expect(html).toContain('#mi_size_container{width:600px;height:400px;');
    expect(html).toContain(shown.item_title);
    const [, link = ''] = /id="mi_dynamic_link" href="([^"]+)"/.exec(html) ?? [];
    expect(await locationOf(link)).toBe(shown.item_url);
  });

  it('prints URLs that answer with the baseline while their tokens are not replaced', async () => {
    const urls = demo.output.match(/http:\/\/127\.0\.0\.1:\d+[^\s'"]*/g) ?? [];
    // Data source, three links, three images, web crop, and of each of four samples the call and the click.
    expect(urls).toHaveLength(16);
    for (const url of urls) {
      const isCall = url.includes('/v1/');
      const { status } = await demo.get(url, isCall ? authorized() : {});
      expect([url, status]).toEqual([url, /\/(c|go|img)\//.test(url) ? 302 : 200]);
    }
  });

  it('prints a recipe for the header, whatever is in the password', async () => {
    const [recipe = ''] = linesOf('Header');
    const odd: Credentials = { name: 'movable-ink', password: `50%s\\n "x" $HOME ${'é'.repeat(60)}` };
    for (const one of [demo.credentials, odd]) {
      const script = recipe.replace('NAME:PASSWORD', () => `${one.name}:${one.password}`);
      const printed = execFileSync('sh', ['-c', script], { encoding: 'utf8' });
      expect(printed).toBe(`Authorization: ${basic(one)}\n`);
    }
  });

  it('shows real answers to people to test with', async () => {
    const reasons = {
      treatment: 'recommended',
      control: 'control',
      unknown: 'unknown_user',
      outage: 'upstream_error',
    };
    for (const [sample, reason] of Object.entries(reasons)) {
      const [command = '', status, ...rest] = linesOf(`Sample answer: ${sample}`);
      const [, url = ''] = /^\$ curl -i -u NAME:PASSWORD '(.*)'$/.exec(command) ?? [];
      expect(status).toBe('HTTP/1.1 200 OK');
      const answer = JSON.parse(rest.slice(rest.indexOf('') + 1).join('\n'));
      expect(answer).toMatchObject({ reason, is_sample: true, has_items: true });
      expect(answer).toEqual(await getJson(url));
    }
  });

  it('takes a placement in a subfolder, and any letter case', async () => {
    const { output } = await runCommand('setup-movable-ink', ['Reading-LIST']);
    expect(output).toMatch(/^Newsletter reading list \(reading-list\) in Movable Ink\n/);
    expect(codeBlocks(output).get('Links of the images')?.split('\n')).toHaveLength(4);
  });
});
