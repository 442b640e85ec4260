import { cpSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openAmplitude } from '../support/amplitude.ts';
import { startDemo, startService } from '../support/process.ts';
import { formatRequest, sendRaw } from '../support/raw.ts';
import { control } from '../support/replies.ts';
import { basic, CALLER } from '../support/service.ts';
import { makeFolder } from '../support/templates.ts';

/** Within two looks, on a machine that has other things to do. */
const SOON = { timeout: 15_000, interval: 50 };

/** Where the templates of this repository are copied to. */
function copyTemplates(folder: string): string {
  cpSync(resolve(import.meta.dirname, '../../templates'), folder, { recursive: true });
  return folder;
}

/** Has the file say something else. */
function replaceIn(path: string, what: string, by: string): void {
  const text = readFileSync(path, 'utf8');
  expect(text).toContain(what);
  writeFileSync(path, text.replaceAll(what, by));
}

/** Lets a link lead elsewhere, as volumes and deployments do it. */
function swapLink(link: string, target: string): void {
  symlinkSync(target, `${link}.new`);
  renameSync(`${link}.new`, link);
}

async function start(templates: string) {
  const amplitude = await openAmplitude();
  amplitude.planForAll(control('any'));
  const service = await startService(amplitude.url, { TEMPLATES_DIR: templates });
  const target = '/v1/placements/home-hero.html?user_id=carl';
  const headers = { Authorization: basic(CALLER) };
  const ask = async () => {
    const { status, body } = await sendRaw(service.port, formatRequest({ target, headers }));
    return `${status} ${body}`;
  };
  return { ...service, ask };
}

const HEADING = 'Know your money better';

describe('a process', { timeout: 60_000 }, () => {
  it('answers by what is written into its templates folder, and by the last that was without fault', async () => {
    const templates = copyTemplates(join(makeFolder(), 'templates'));
    const { ask, said, errors } = await start(templates);
    const words = join(templates, 'texts/default.yaml');
    expect(await ask()).toContain(HEADING);
    replaceIn(words, HEADING, 'The second heading');
    await expect.poll(ask, SOON).toContain('The second heading');

    const good = await ask();
    const template = join(templates, 'home-hero/email.hbs');
    const line = readFileSync(template, 'utf8').split('\n').length;
    writeFileSync(template, '{{#nonsense}}\n', { flag: 'a' });
    replaceIn(words, 'The second heading', 'The third heading');
    const [fault] = await said(/\{[^\n]*"msg":"templates folder: [^\n]*/);
    expect(JSON.parse(fault)).toMatchObject({ level: 50, file: 'home-hero/email.hbs' });
    expect(JSON.parse(fault).line).toBeGreaterThanOrEqual(line);
    for (let times = 0; times < 20; times += 1) expect(await ask()).toBe(good);

    replaceIn(template, '{{#nonsense}}\n', '');
    await expect.poll(ask, SOON).toContain('The third heading');
    expect(errors()).toBe('');
  });

  it('answers by the folder that a link leads to', async () => {
    const folder = makeFolder();
    for (const release of ['release-1', 'release-2']) {
      copyTemplates(join(folder, release));
      replaceIn(join(folder, release, 'texts/default.yaml'), HEADING, `Heading of ${release}`);
    }
    const current = join(folder, 'current');
    symlinkSync('release-1', current);
    const { ask } = await start(current);
    expect(await ask()).toContain('Heading of release-1');
    swapLink(current, 'release-2');
    rmSync(join(folder, 'release-1'), { recursive: true });
    await expect.poll(ask, SOON).toContain('Heading of release-2');
  });

  it('answers by a mounted volume whose hidden link is swapped, as Kubernetes does it', async () => {
    const volume = makeFolder();
    for (const version of ['..2026_1', '..2026_2']) {
      copyTemplates(join(volume, version));
      replaceIn(join(volume, version, 'texts/default.yaml'), HEADING, `Heading of ${version}`);
    }
    symlinkSync('..2026_1', join(volume, '..data'));
    for (const name of ['content', 'content-sources.yaml', 'home-hero', 'partials', 'texts']) {
      symlinkSync(`..data/${name}`, join(volume, name));
    }
    const { ask } = await start(volume);
    expect(await ask()).toContain('Heading of ..2026_1');
    swapLink(join(volume, '..data'), '..2026_2');
    rmSync(join(volume, '..2026_1'), { recursive: true });
    await expect.poll(ask, SOON).toContain('Heading of ..2026_2');
  });

  it('ends in order while its folder keeps changing', async () => {
    const templates = copyTemplates(join(makeFolder(), 'templates'));
    const { child, exited, output, errors } = await startDemo({
      TEMPLATES_DIR: templates,
      LOG_LEVEL: 'info',
    });
    let count = 0;
    const changing = setInterval(() => {
      count += 1;
      writeFileSync(join(templates, 'texts/count.yaml'), `hero_heading: '${count}'\n`);
    }, 30);
    await expect.poll(() => count, SOON).toBeGreaterThan(60);
    child.kill('SIGTERM');
    expect(await exited).toBe(0);
    clearInterval(changing);
    expect(output()).toContain('"msg":"stopped"');
    expect(errors()).toBe('');
  });
});
