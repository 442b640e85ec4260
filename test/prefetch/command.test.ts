import { describe, expect, it } from 'vitest';
import { parseCommand } from '../../src/prefetch/command.ts';

/** What an upload sends along. */
function parametersOf(...args: readonly string[]): string {
  const command = parseCommand(args);
  if (typeof command === 'string' || command.kind !== 'upload') throw new Error(JSON.stringify(command));
  return `${command.file} ${command.parameters} ${command.isDryRun} ${command.wait}`;
}

describe('a command', () => {
  it.each([
    [['users.csv', '--placement', 'hero'], 'users.csv placement=hero false true'],
    [['--placement=hero', '-'], '- placement=hero false true'],
    [
      ['u.csv', '--placement', 'a', '--placement', 'b,c', '--no-wait'],
      'u.csv placement=a%2Cb%2Cc false false',
    ],
    [
      [
        'u.csv',
        '--placement',
        'a',
        '--campaign',
        'spring sale',
        '--hold',
        '3d',
        '--column',
        'id',
        '--dry-run',
      ],
      'u.csv placement=a&campaign=spring+sale&hold=3d&column=id&dry_run=1 true true',
    ],
    [
      ['u.csv', '--placement', 'a', '--send-at', '2026-11-27T09:00+01:00'],
      'u.csv placement=a&send_at=2026-11-27T09%3A00%2B01%3A00 false true',
    ],
  ])('%j is read', (args, expected) => {
    expect(parametersOf(...args)).toBe(expected);
  });

  it('can look at what runs, and at how it is used', () => {
    expect(parseCommand(['--watch', '0f'])).toEqual({ kind: 'watch', id: '0f' });
    for (const args of [['--help'], ['-h', 'x']]) expect(parseCommand(args)).toEqual({ kind: 'help' });
  });

  it.each([
    [[], 'Name one file'],
    [['a.csv', 'b.csv', '--placement', 'hero'], 'Name one file'],
    [['a.csv'], 'Name a placement'],
    [['a.csv', '--placement'], '--placement'],
    [['a.csv', '--place', 'hero'], '--place'],
    [['a.csv', '--watch', 'x'], '--watch takes no file'],
  ])('%j is refused', (args, words) => {
    expect(parseCommand(args)).toContain(words);
  });
});
