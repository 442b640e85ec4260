import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { SECRET_KEY } from '../support/amplitude.ts';
import { startEnvironment } from '../support/process.ts';
import { basic, CALLER, METRICS, STUDIO } from '../support/service.ts';
import { makeFolder, writeTemplates } from '../support/templates.ts';
import { type Command, type Ended, runCommand } from './run.ts';

const ROOT = resolve(import.meta.dirname, '../..');

const COMMANDS: readonly Command[] = ['setup-braze', 'setup-movable-ink'];

/** Nothing listens there, so that whoever calls it fails. */
const PRODUCTION = startEnvironment(new URL('http://127.0.0.1:9/v1/userprofile'), 3_000);

describe.each(COMMANDS)('npm run %s', (command) => {
  describe('with the settings of production', () => {
    const secrets = ['store-secret-Ym81', 'content-secret-Vb37', 'link-signing-secret-Dx64'];
    let store: string;
    let ended: Ended;
    beforeAll(async () => {
      store = join(makeFolder(), 'inlay.db');
      ended = await runCommand(command, ['home-hero'], {
        ...PRODUCTION,
        PUBLIC_URL: 'https://www.example.com/inlay/',
        METRICS_CREDENTIALS: `${METRICS.name}:${METRICS.password}`,
        LINK_SIGNING_KEYS: 'link-signing-secret-Dx64',
        STORE_URL: `sqlite:${store}`,
        REDIS_URL: 'redis://:store-secret-Ym81@127.0.0.1:9',
        CONTENT_TOKEN: 'content-secret-Vb37',
      });
    });

    it('prints the addresses of production, though nothing listens anywhere', () => {
      expect([ended.code, ended.errors]).toEqual([0, '']);
      expect(ended.output).toContain('https://www.example.com/inlay/v1/placements/home-hero');
      expect(ended.output).toContain('https://www.example.com/inlay/c/home-hero/');
      expect(ended.output).not.toMatch(/127\.0\.0\.1|example\.com\/inlay\/\//);
    });

    it('prints no password and no secret, in whatever spelling', () => {
      const passwords = [CALLER, STUDIO, METRICS].flatMap((one) => [
        one.password,
        basic(one).slice('Basic '.length),
      ]);
      expect(ended.output).toContain('## Sample answer: treatment');
      for (const secret of [...passwords, ...secrets, SECRET_KEY]) expect(ended.output).not.toContain(secret);
    });

    it('touches no store, writes no file, and leaves nothing running', () => {
      expect([ended.files, ended.goesOn, existsSync(store)]).toEqual([[], false, false]);
    });
  });

  it('without settings prints the addresses of the demo, and says so aside', async () => {
    const { code, output, errors } = await runCommand(command, ['home-hero']);
    expect(code).toBe(0);
    expect(errors).toMatch(/^PUBLIC_URL is not set.*demo/);
    expect(output).toContain('http://127.0.0.1:3000/v1/placements/home-hero');
  });

  it('names the placements there are for one that is not there', async () => {
    const { code, output, errors, goesOn } = await runCommand(command, ['home-heor'], PRODUCTION);
    expect([code, output, goesOn]).toEqual([1, '', false]);
    expect(errors).toBe('There is no placement "home-heor". There are: home-hero, reading-list.\n');
  });

  it.each([[[]], [['home-hero', 'reading-list']]])(
    'says how it is used when given %j',
    async (placements) => {
      const { code, output, errors } = await runCommand(command, placements, PRODUCTION);
      expect([code, output]).toEqual([1, '']);
      expect(errors).toBe(`Name one placement: npm run ${command} -- home-hero\n`);
    },
  );

  it('lists all faults in the settings', async () => {
    const environment = { PUBLIC_URL: 'https://inlay.example.com', CORS_ORIGINS: '*', PORT: 'x' };
    const { code, output, errors } = await runCommand(command, ['home-hero'], environment);
    expect([code, output]).toEqual([1, '']);
    for (const variable of [
      'PORT',
      'CORS_ORIGINS',
      'CALLER_CREDENTIALS',
      'LINK_SIGNING_KEYS',
      'FALLBACK_URL',
    ]) {
      expect(errors).toMatch(new RegExp(`^${variable} `, 'm'));
    }
    expect(errors).not.toMatch(/^\s+at /m);
  });

  it('lists all faults in the templates folder, with file and line', async () => {
    const TEMPLATES_DIR = writeTemplates({
      'hero/email.hbs': '<p>\n{{#each items}}\n{{titel}}\n{{/each}}\n</p>\n',
      'brand/strip/placement.yaml': 'title: Strip of two\nitems: 2\n',
      'test-people.yaml': 'qa-anna: treatment\nqa-carl: nobody\n',
    });
    const { code, output, errors, goesOn } = await runCommand(command, ['hero'], {
      ...PRODUCTION,
      TEMPLATES_DIR,
    });
    expect([code, output, goesOn]).toEqual([1, '', false]);
    for (const place of ['hero/email.hbs:3 ', 'brand/strip/placement.yaml', 'test-people.yaml:2 ']) {
      expect(errors).toContain(join(TEMPLATES_DIR, place));
    }
    expect(errors).not.toMatch(/^\s+at /m);
  });

  it('prints only what a placement without templates of its own can answer', async () => {
    const TEMPLATES_DIR = writeTemplates({
      'hero/email.hbs': null,
      'hero/email.txt.hbs': null,
      'hero/message.hbs': null,
    });
    const { code, output } = await runCommand(command, ['old-hero'], { ...PRODUCTION, TEMPLATES_DIR });
    expect([code, output]).toEqual([0, expect.stringContaining('Home page hero (hero) in ')]);
    expect(output).toContain('/v1/placements/hero.json');
    expect(output).not.toMatch(/\.html|\.txt|\/page\//);
  });
});

it('a reader who has seen enough, as head has, is no fault', () => {
  const command = `"${process.execPath}" "${join(ROOT, 'src/setup/cli.ts')}" braze home-hero | head -n 1`;
  const { stdout, stderr } = spawnSync('sh', ['-c', command], {
    cwd: ROOT,
    encoding: 'utf8',
    env: { PATH: process.env.PATH, ...PRODUCTION },
  });
  expect([stdout, stderr]).toEqual(['Home page hero (home-hero) in Braze\n', '']);
});
