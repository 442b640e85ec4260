import { CALL_OPTIONS, type CallTag, isFlag, optionOf } from './call-tag.ts';
import { isName } from './expression.ts';
import type { KnownCall } from './inlay-call.ts';
import { meant } from './meant.ts';
import type { Notes } from './notes.ts';

/** Checks what stands behind the URL of a Connected Content tag. */
export function checkOptions(call: KnownCall, notes: Notes): void {
  const { tag } = call;
  if (!tag.url) notes.fault(tag.line, '{% connected_content %} needs a URL right behind its name.');
  checkNames(tag, notes);
  checkStrays(tag, notes);
  checkValues(tag, notes);
  checkUse(call, notes);
  checkCaching(call, notes);
}

function checkNames({ options }: CallTag, notes: Notes): void {
  for (const { name, line, value } of options) {
    if (!CALL_OPTIONS.includes(name)) {
      notes.fault(line, `Connected Content has no option :${name}.${meant(name, CALL_OPTIONS)}`);
    } else if (value === null && !isFlag(name)) {
      notes.fault(line, `Something must stand behind :${name}.`);
    }
  }
}

function checkStrays(tag: CallTag, notes: Notes): void {
  const hint = optionOf(tag, 'body')
    ? 'A body with spaces must be built with {% capture %} first, and named: :body {{name}}.'
    : 'Options begin with a colon, and values cannot hold spaces.';
  for (const { text, line } of tag.strays) {
    notes.fault(line, `"${text.slice(0, 40)}" belongs to no option. ${hint}`);
  }
}

function checkValues(tag: CallTag, notes: Notes): void {
  const method = optionOf(tag, 'method')?.value;
  if (method && !['get', 'post'].includes(method.text.toLowerCase())) {
    notes.fault(method.line, `Connected Content knows :method get and :method post, not ${method.text}.`);
  }
  const save = optionOf(tag, 'save')?.value;
  if (save && !isName(save.text)) {
    notes.fault(save.line, `:save needs a name of letters, digits and _, not "${save.text}".`);
  }
}

function checkUse({ tag, isPost, placement }: KnownCall, notes: Notes): void {
  const body = optionOf(tag, 'body');
  if (body && !isPost) notes.warning(body.line, BODY);
  const headers = optionOf(tag, 'headers')?.value;
  if (headers && /authorization/i.test(headers.text)) notes.warning(headers.line, PASSWORD);
  const rerender = optionOf(tag, 'rerender');
  if (rerender && placement !== null) notes.warning(rerender.line, RERENDER);
}

function checkCaching({ tag, isPost, placement }: KnownCall, notes: Notes): void {
  const age = optionOf(tag, 'cache_max_age');
  if (!age?.value) return;
  const seconds = Number(age.value.text);
  if (!/^\d+$/.test(age.value.text)) {
    notes.problem(age.line, `:cache_max_age needs a number of seconds, not "${age.value.text}".`);
  } else if (seconds < 300 || seconds > 14_400) {
    const taken = seconds < 300 ? '300' : '14400';
    notes.warning(age.line, `:cache_max_age goes from 300 to 14400 seconds; Braze takes ${taken}.`);
  }
  if (optionOf(tag, 'no_cache')) {
    notes.warning(age.line, ':cache_max_age and :no_cache contradict each other. Take one of them out.');
  }
  if (isPost) {
    const consequence =
      placement === null ? '' : ', and people would be shown what is meant for the first of them';
    notes.problem(
      age.line,
      `Braze remembers an answer by its URL alone, which is the same for everybody in a POST${consequence}. Use :cache_max_age with GET only.`,
    );
  }
}

const BODY = 'A :body is sent with :method post only. Add that, or put the values into the URL.';
const PASSWORD =
  'A password in a message can be read by all who see the message. Store it in Braze, and name it with :basic_auth.';
const RERENDER = 'Answers of this service hold no Liquid that runs, so :rerender does nothing. Take it out.';
