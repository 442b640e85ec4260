import { type PathToken, splitFilters, variablesOf } from './expression.ts';
import { type KnownCall, parameterOf } from './inlay-call.ts';
import type { Notes } from './notes.ts';
import type { Statement } from './outline.ts';
import type { Segment } from './scan.ts';

const MARKUP = /<(?:!doctype|\/?[a-z][a-z0-9]*(?:\s[^<>]*)?\/?)>/i;
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
  segments: readonly Segment[],
  statements: readonly Statement[],
  calls: readonly KnownCall[],
  notes: Notes,
): void {
  const isMarkup = segments.some((segment) => segment.kind === 'text' && MARKUP.test(segment.text));
  if (!isMarkup) return;
  const plain = calls.filter(
    (call) =>
      call.placement !== null && call.suffix === 'json' && parameterOf(call, 'escape')?.text !== 'html',
  );
  const variables = new Set(plain.map(({ variable }) => variable));
  for (const { kind, line, tokens } of statements) {
    addLoops(kind, tokens, variables);
    if (kind !== 'output') continue;
    const { value, filters } = splitFilters(tokens);
    if (filters.some(({ name }) => SAFE_FILTERS.has(name))) continue;
    const text = variablesOf(value).find((token) => isTextOf(token, variables));
    if (text) notes.warning(line, unescaped(text.text));
  }
}

/** What a loop goes through is as plain as the list. */
function addLoops(kind: string, tokens: Statement['tokens'], variables: Set<string>): void {
  const [name, word, list] = tokens;
  if (kind !== 'tag' || word?.text !== 'in' || list?.kind !== 'path' || !name) return;
  const [root, key] = list.path;
  if (typeof root === 'string' && variables.has(root) && key === 'items') variables.add(name.text);
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
