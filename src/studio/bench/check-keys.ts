import { isObject } from './answer-rules.ts';
import { usedIn } from './check-values.ts';
import { meant } from './meant.ts';
import type { Notes } from './notes.ts';
import type { Statement } from './outline.ts';

/** What a call brought, and where it was put. */
export type Saved = { readonly variable: string; readonly value: unknown };

/** What Liquid gives of anything. */
const BUILT_IN = ['size', 'first', 'last'];

/** Tells of keys that the answers do not have: all answers of a placement have the same, so they are misspelt. */
export function checkKeys(statements: readonly Statement[], saved: readonly Saved[], notes: Notes): void {
  const keysOf = new Map<string, Set<string>>();
  for (const { variable, value } of saved) {
    if (isAnswer(value)) addKeys(keysOf, variable, [value]);
  }
  const answers = new Set(keysOf.keys());
  for (const { name, line, tokens } of statements) {
    if (name === 'for') addLoop(tokens, saved, keysOf);
    for (const { path } of usedIn(name, tokens)) {
      const [root, key] = path;
      const keys = typeof root === 'string' ? keysOf.get(root) : undefined;
      if (!keys || typeof key !== 'string' || keys.has(key) || BUILT_IN.includes(key)) continue;
      const whose = answers.has(root ?? '') ? `The answer in ${root}` : `What ${root} stands for`;
      notes.problem(line, `${whose} has no ${key}, so it gives nothing.${meant(key, keys)}`);
    }
  }
}

/** Of this service. */
function isAnswer(value: unknown): value is Record<string, unknown> {
  return isObject(value) && 'placement' in value && 'variant' in value;
}

function addKeys(keysOf: Map<string, Set<string>>, variable: string, objects: readonly object[]): void {
  const keys = keysOf.get(variable) ?? new Set();
  for (const object of objects) for (const key of Object.keys(object)) keys.add(key);
  keysOf.set(variable, keys);
}

/** `for item in reco.items` */
function addLoop(
  [name, , list]: Statement['tokens'],
  saved: readonly Saved[],
  keysOf: Map<string, Set<string>>,
): void {
  if (!name || list?.kind !== 'path' || list.path[1] !== 'items') return;
  const lists = saved.filter(({ variable, value }) => variable === list.path[0] && isAnswer(value));
  const items = lists.flatMap(({ value }) => (isAnswer(value) ? value.items : [])).filter(isObject);
  if (items.length > 0) addKeys(keysOf, name.text, items);
}
