import { type PathToken, splitFilters, variablesOf } from './expression.ts';
import { type KnownCall, parameterOf } from './inlay-call.ts';
import type { Notes } from './notes.ts';
import type { Statement } from './outline.ts';

const SAFE_FILTERS = new Set([
  'escape',
  'escape_once',
  'strip_html',
  'url_encode',
  'url_escape',
  'url_param_escape',
  'size',
  'date',
  'money',
]);

/** Keys that hold no text of the content. */
const NO_TEXT =
  /(?:^|_)(?:id|url|link|count|position|price_text)$|^(?:placement|variant|reason|is_\w+|has_\w+|size|__http_status_code__)$/;

/** Warns where a text of a JSON answer is put into markup as it is. Only what can be told for sure. */
export function checkMarkup(
  statements: readonly Statement[],
  calls: readonly KnownCall[],
  notes: Notes,
): void {
  const plain = new Set<string>();
  const next = calls.values();
  for (const { name, line, tokens, isInMarkup } of statements) {
    if (name === 'connected_content') learn(next.next().value, plain);
    else if (name === 'for') addLoop(tokens, plain);
    else if (isInMarkup && name === '') {
      const { value, filters } = splitFilters(tokens);
      const text = variablesOf(value).find((token) => isTextOf(token, plain));
      const isSafe = filters.some((filter) => SAFE_FILTERS.has(filter.name));
      if (text && !isSafe) notes.warning(line, unescaped(text.text));
    }
  }
}

/** From here on the variable holds this answer. */
function learn(call: KnownCall | undefined, plain: Set<string>): void {
  if (!call) return;
  const isPlain =
    call.placement !== null && call.suffix === 'json' && parameterOf(call, 'escape')?.text !== 'html';
  if (isPlain) plain.add(call.variable);
  else plain.delete(call.variable);
}

/** What a loop goes through is as plain as the list. */
function addLoop([name, , list]: Statement['tokens'], plain: Set<string>): void {
  if (list?.kind !== 'path' || !name) return;
  const [root, key] = list.path;
  if (typeof root === 'string' && plain.has(root) && key === 'items') plain.add(name.text);
  else plain.delete(name.text);
}

function isTextOf({ path }: PathToken, variables: ReadonlySet<string>): boolean {
  const [root] = path;
  const key = path.at(-1);
  const isOfAnswer = typeof root === 'string' && variables.has(root) && path.length > 1;
  return isOfAnswer && typeof key === 'string' && !NO_TEXT.test(key);
}

function unescaped(variable: string): string {
  return `${variable} is put into HTML as it is: a text such as "R&D <new>" would break it. Write {{${variable} | escape}}, or ask for escape=html in the URL.`;
}
