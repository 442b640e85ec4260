import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type Environment, startEnvironment, startProcess } from '../support/process.ts';
import { writeTemplates } from '../support/templates.ts';

const GOOD_ENVIRONMENT = startEnvironment(new URL('https://profile-api.amplitude.com/v1/userprofile'), 0);

/** What a process says that does not start. */
async function refuse(environment: Environment, ...options: string[]) {
  const { exited, output, errors } = startProcess(environment, ...options);
  return { code: await exited, output: output(), errors: errors() };
}

describe('a start with bad settings', () => {
  it('lists all of them, with no value and no secret, and exits with 1', async () => {
    const { code, output, errors } = await refuse({
      ...GOOD_ENVIRONMENT,
      PORT: 'http-SECRET',
      PUBLIC_URL: 'http://inlay.example.com/SECRET',
      CALLER_CREDENTIALS: 'braze:SECRET',
      STUDIO_CREDENTIALS: 'SECRETwithoutcolon',
      AMPLITUDE_SECRET_KEY: 'SECRET key with spaces',
      PROFILE_API_URL: 'http://profile-api.amplitude.com/SECRET',
      ANSWER_DEADLINE: 'SECRET',
      FRESH: '6 hours SECRET',
      LOG_LEVEL: 'SECRET',
    });
    expect(code).toBe(1);
    for (const variable of [
      'PORT',
      'PUBLIC_URL',
      'CALLER_CREDENTIALS',
      'STUDIO_CREDENTIALS',
      'AMPLITUDE_SECRET_KEY',
      'PROFILE_API_URL',
      'ANSWER_DEADLINE',
      'FRESH',
      'LOG_LEVEL',
    ]) {
      expect(errors).toMatch(new RegExp(`^\\s*${variable} `, 'm'));
    }
    expect(output + errors).not.toContain('SECRET key');
    expect((output + errors).replaceAll('AMPLITUDE_SECRET_KEY', '')).not.toContain('SECRET');
  });

  it('says what is missing where there is nothing', async () => {
    const { code, errors } = await refuse({});
    expect(code).toBe(1);
    for (const variable of ['PUBLIC_URL', 'CALLER_CREDENTIALS', 'AMPLITUDE_SECRET_KEY']) {
      expect(errors).toMatch(new RegExp(`^\\s*${variable} `, 'm'));
    }
  });

  it.each([
    ['is short', 'braze:hunter2'],
    ['repeats one character', 'braze:aaaaaaaaaaaaaaaaaaaaaaaa'],
    ['is that of the demo', 'demo:demo-only-4f1d'],
    ['is an example', 'braze:change-me-please-change-me'],
  ])('refuses a password that %s', async (_name, credentials) => {
    const { code, errors } = await refuse({ ...GOOD_ENVIRONMENT, CALLER_CREDENTIALS: credentials });
    expect(code).toBe(1);
    expect(errors).toMatch(/CALLER_CREDENTIALS/);
    expect(errors).not.toContain(credentials.split(':')[1]);
  });

  it('says so when the port is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => void other.close());
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const { code, errors } = await refuse({ ...GOOD_ENVIRONMENT, PORT: String(port) });
    expect(code).toBe(1);
    expect(errors).toContain(String(port));
    expect(errors).not.toMatch(/^\s+at /m);
  });
});

describe('a start with faults in the templates folder', () => {
  it('lists each with file and line, in both modes, and exits with 1', async () => {
    const templates = writeTemplates({
      'hero/placement.yaml': `title: Home page hero
recommendation: s234ssg
items: many
content: products
baseline:
  - investing-101
  - no-such-item
colour: red
`,
      'hero/email.hbs': '<p>\n{{#each items}}\n{{titel}}\n{{/each}}\n</p>\n',
      'hero/message.hbs': '<p>\n\n<script>x</script></p>\n',
      'brand/strip/placement.yaml': `title: Strip of two
recommendation: r222two
items: 2
content: nothing
baseline: [investing-101]
`,
      'off/placement.yaml': `title: Switched off
recommendation: s234ssg
items: 3
content: products
baseline:
  - investing-101
  - no-such-item
enabled: false
`,
      'off/email.hbs': '<p>\n{{#each items}}\n{{titel}}\n{{/each}}\n</p>\n',
      'off/message.hbs': '<p>\n\n<script>x</script></p>\n',
      'off/email.txt.hbs': '{{#each items}}\n{{title}}\n',
      'broken/placement.yaml': 'title: "Never closed\nitems: 3\n',
      'test-people.yaml': 'qa-anna: treatment\nqa-carl: nobody\n',
    });
    for (const [environment, option] of [
      [GOOD_ENVIRONMENT, []],
      [{ PORT: '0' }, ['--demo']],
    ] as const) {
      const { code, errors } = await refuse({ ...environment, TEMPLATES_DIR: templates }, ...option);
      expect(code).toBe(1);
      for (const place of [
        'hero/placement.yaml:3',
        'hero/placement.yaml:8',
        'brand/strip/placement.yaml:4',
        'off/placement.yaml:7',
        'off/email.hbs:3',
        'off/message.hbs:3',
        'off/email.txt.hbs:',
        'broken/placement.yaml:',
        'test-people.yaml:2',
      ]) {
        expect(errors).toContain(place);
      }
      expect(errors).not.toMatch(/^\s+at /m);
    }
  });

  it.each([
    ['is not there', '/nowhere/at/all'],
    ['holds nothing', null],
  ])('says so when the folder %s', async (_name, folder) => {
    const empty = writeTemplates({
      'hero/placement.yaml': null,
      'brand/strip/placement.yaml': null,
      'off/placement.yaml': null,
    });
    const { code, errors } = await refuse({ ...GOOD_ENVIRONMENT, TEMPLATES_DIR: folder ?? empty });
    expect(code).toBe(1);
    expect(errors).toContain(folder ?? empty);
  });
});
