import { spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { listOf, numbered, openPrefetching, type PrefetchService } from '../http/prefetching.ts';
import { wrongKey } from '../support/replies.ts';
import { CALLER, STUDIO } from '../support/service.ts';
import { makeFolder } from '../support/templates.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const PROGRAM = ['-r', join(ROOT, 'src/check-node.cjs'), join(ROOT, 'src/prefetch/cli.ts')];
const SCRIPT = '/usr/bin/script';

type Options = {
  readonly credentials?: string;
  readonly url?: string;
  readonly input?: string;
  /** On a terminal. */
  readonly isTerminal?: boolean;
};

/** The command as `npm run prefetch` starts it. */
function start({ service }: PrefetchService, args: readonly string[], options: Options = {}) {
  const { credentials = `${STUDIO.name}:${STUDIO.password}`, url = service.url, input, isTerminal } = options;
  const [program = '', ...rest] = isTerminal
    ? [SCRIPT, '-qec', [process.execPath, ...PROGRAM, ...args].join(' '), '/dev/null']
    : [process.execPath, ...PROGRAM, ...args];
  const child = spawn(program, rest, {
    cwd: makeFolder(),
    env: { PATH: process.env.PATH, INLAY_URL: url, INLAY_CREDENTIALS: credentials },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const said = { out: '', err: '' };
  const changes = new EventEmitter();
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said.out += text;
    changes.emit('change');
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said.err += text;
  });
  if (input !== undefined) child.stdin.end(input);
  const ended = once(child, 'close').then(([code]) => ({ code: code as number, ...said }));
  const heard = async (pattern: RegExp): Promise<void> => {
    while (!pattern.test(said.out)) await once(changes, 'change');
  };
  return { child, ended, heard };
}

function fileOf(people: readonly string[], name = 'users.csv', column?: string): string {
  const path = join(makeFolder(), name);
  writeFileSync(path, listOf(people, column));
  return path;
}

const HERO = ['--placement', 'hero'];

describe('npm run prefetch', () => {
  it('has a list looked up, and says nothing but how that ended where nobody watches', async () => {
    const opened = await openPrefetching();
    const { ended } = start(opened, [fileOf(numbered(50)), ...HERO, '--hold', '3d']);
    const { code, out, err } = await ended;
    expect([code, err]).toEqual([0, '']);
    expect(JSON.parse(out)).toMatchObject({ state: 'done', users: 50, done: 50, hold_seconds: 259_200 });
    expect(opened.amplitude.calls).toHaveLength(50);
  });

  it('reads standard input, starts without waiting, looks again, and only estimates', async () => {
    const opened = await openPrefetching();
    const started = await start(opened, ['-', ...HERO, '--no-wait'], { input: listOf(['ann']) }).ended;
    const { id } = JSON.parse(started.out);
    expect([started.code, typeof id]).toEqual([0, 'string']);
    const watched = await start(opened, ['--watch', id]).ended;
    expect([watched.code, JSON.parse(watched.out).state]).toEqual([0, 'done']);
    const estimated = await start(opened, [fileOf(numbered(9)), ...HERO, '--dry-run']).ended;
    expect([estimated.code, JSON.parse(estimated.out)]).toMatchObject([0, { id: null, users: 9 }]);
    expect(opened.amplitude.calls).toHaveLength(1);
  });

  it('is refused in the words that Inlay has for it', async () => {
    const opened = await openPrefetching();
    const run = (args: readonly string[], options?: Options) => start(opened, args, options).ended;
    const results = await Promise.all([
      run([fileOf(['a@example.com'], 'users.csv', 'mail'), ...HERO]),
      run([fileOf(['ann']), '--placement', 'nowhere']),
      run([fileOf(['ann']), ...HERO], { credentials: `${CALLER.name}:${CALLER.password}` }),
      run([fileOf(['ann']), ...HERO], { url: 'http://127.0.0.1:9' }),
    ]);
    expect(results.map(({ code }) => code)).toEqual([1, 1, 1, 1]);
    const words = ['column', 'placement', 'studio', 'cannot be reached'];
    for (const [index, { err, out }] of results.entries()) {
      expect(err).toContain(words[index]);
      expect(out).toBe('');
    }
  });

  it('explains itself where it is used wrongly', async () => {
    const opened = await openPrefetching();
    const run = (args: readonly string[], options?: Options) => start(opened, args, options).ended;
    const results = await Promise.all([
      run(['users.csv']),
      run(['nowhere.csv', ...HERO]),
      run([fileOf(['ann']), ...HERO], { credentials: 'nobody' }),
      run([fileOf(['ann']), ...HERO], { url: 'http://inlay.example.com' }),
    ]);
    expect(results.map(({ code }) => code)).toEqual([2, 2, 2, 2]);
    for (const { err } of results) expect(err).toContain('npm run prefetch -- users.csv');
    const help = await run(['--help']);
    expect([help.code, help.out]).toEqual([0, expect.stringContaining('--send-at')]);
  });

  it.skipIf(!existsSync(SCRIPT))(
    'shows on a terminal what was read and how far it is, and leaves it running on Ctrl-C',
    async () => {
      const opened = await openPrefetching({ settings: { PROFILE_BUDGET_PER_MINUTE: '10' } });
      const people = [...numbered(20), 'p1', '', '{{user}}'].map((id) => `${id},x`);
      const file = fileOf(people, 'users.csv', 'user_id,name');
      const { child, ended, heard } = start(opened, [file, ...HERO], { isTerminal: true });
      await heard(/40 % \| 8 of 20 \| \d+ a minute, \d+ min left/);
      // What a terminal sends for Ctrl-C.
      child.stdin.write('\u0003');
      const { code, out } = await ended;
      expect(code).toBe(130);
      expect(out).toMatch(/20 people, ready in 2 min/);
      expect(out).toContain('Duplicates: 1 (line 22)');
      expect(out).toContain('Rows without an id: 1 (line 23)');
      expect(out).toContain('exposure');
      const id = /npm run prefetch -- --watch (\S+)/.exec(out)?.[1] ?? '';
      expect(await opened.get(id)).toMatchObject({ state: 'running', done: 8 });
    },
  );

  it('ends with 1 where somebody cancels it', async () => {
    const opened = await openPrefetching();
    opened.amplitude.planForAll(wrongKey);
    const { ended } = start(opened, [fileOf(numbered(5)), ...HERO]);
    await opened.amplitude.called(1);
    const [{ id }] = (await opened.service.get('/v1/prefetches', STUDIO)).body.prefetches;
    await opened.control(id, 'cancel');
    const { code, out } = await ended;
    expect([code, JSON.parse(out).state]).toEqual([1, 'cancelled']);
  });
});
