import { expect, it } from 'vitest';
import { type Files, faultsOf, type Known, VALID } from './examples.ts';

/**
 * The change of one file, and the one fault that it must be: file, line (null: of the whole file; several where each
 * would lead to the place), and a part of the message.
 */
export type Row = [
  what: string,
  change: Files,
  file: string,
  line: number | null | readonly number[],
  message: RegExp,
];

/** What no message may hold: the words of a schema library, which mean nothing to whoever writes YAML. */
const JARGON = /invalid (input|option|string|key)|expected|received|undefined|\[object|zod/i;

/** One test for each row. */
export function breaks(rows: readonly Row[], known?: Known): void {
  it.each(rows)('%s', async (_what, change, file, line, message) => {
    const faults = await faultsOf(change, known);
    const lines = expect.toBeOneOf(Array.isArray(line) ? line : [line]);
    expect(faults).toEqual([{ file, line: lines, message: expect.stringMatching(message) }]);
    expect(faults[0]?.message).not.toMatch(JARGON);
  });
}

/** The valid file with this instead of that. */
export function changed(file: string, from: string, to: string): Files {
  const text = VALID[file] ?? '';
  if (!text.includes(from)) throw new Error(`${file} does not hold ${from}`);
  return { [file]: text.replace(from, () => to) };
}
