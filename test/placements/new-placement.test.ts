import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { folderOf, readFolder } from './examples.ts';

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, '../..');
const COMMAND = join(ROOT, 'src/placements/new-placement.ts');

/** Runs the command on a copy of the sample templates. */
async function make(...words: string[]) {
  const folder = mkdtempSync(join(tmpdir(), 'inlay-new-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  cpSync(join(ROOT, 'templates'), folder, { recursive: true });
  const options = { env: { ...process.env, TEMPLATES_DIR: folder } };
  const ended = await run(process.execPath, [COMMAND, ...words], options).then(
    ({ stdout }) => ({ code: 0, said: stdout }),
    ({ code, stderr }: { code: number; stderr: string }) => ({ code, said: stderr }),
  );
  return { folder, ...ended };
}

describe('npm run new-placement', () => {
  it('makes a placement that can be served at once, with what was said', async () => {
    const { folder, code } = await make('spring-sale', '--title', 'Spring sale', '--recommendation', 'r-9');
    expect(code).toBe(0);
    const made = folderOf(await readFolder(folder)).placements.get('spring-sale');
    expect(made?.placement).toMatchObject({ title: 'Spring sale', recommendation: 'r-9', items: 3 });
    expect([...(made?.templates.keys() ?? [])].sort()).toEqual(['email', 'email.txt', 'message']);
  });

  it('puts it into a folder below, and keeps the comments', async () => {
    const { folder } = await make('weekly', '--in', 'newsletter', '--like', 'reading-list');
    expect(readFileSync(join(folder, 'newsletter/weekly/placement.yaml'), 'utf8')).toMatch(/#/);
  });

  it.each([
    ['no name', []],
    ['a name with capitals', ['Spring']],
    ['two names', ['one', 'two']],
    ['a name that is taken', ['home-hero']],
    ['a model that is not there', ['spring', '--like', 'nothing']],
  ])('refuses %s and says why', async (_what, words) => {
    const { code, said } = await make(...words);
    expect(code).toBe(1);
    expect(said).not.toBe('');
  });
});
