import { CALL_OPTIONS, type CallTag, optionOf } from './call-tag.ts';
import { isName } from './expression.ts';
import { type Filled, type KnownCall, parameterOf } from './inlay-call.ts';
import { meant } from './nearest.ts';
import type { Notes } from './notes.ts';
import { outline, type Statement } from './outline.ts';
import { segmentsOf } from './translate.ts';

/**
 * Finds what is wrong with Connected Content tags before they are evaluated. `escaped` are variables of which the
 * message itself has escaped the value.
 */
export function checkCalls(calls: readonly KnownCall[], escaped: ReadonlySet<string>, notes: Notes): void {
  for (const call of calls) {
    checkOptions(call.tag, notes);
    checkCaching(call, notes);
    if (call.placement === null) continue;
    checkCredentials(call, notes);
    checkPerson(call, escaped, notes);
    checkCampaign(call, notes);
  }
  checkAgreement(calls, notes);
}

/** Outputs in a tag, as statements of their own. */
export function statementsIn(tag: CallTag, notes: Notes): Statement[] {
  const pieces = [tag.url, ...tag.options.map(({ value }) => value)];
  return pieces.flatMap((piece) => (piece ? outline(segmentsOf(piece, notes), notes) : []));
}

function checkOptions(tag: CallTag, notes: Notes): void {
  if (!tag.url) notes.fault(tag.line, '{% connected_content %} needs a URL right behind its name.');
  for (const { name, line, value } of tag.options) {
    if (!CALL_OPTIONS.includes(name)) {
      notes.fault(line, `Connected Content has no option :${name}.${meant(name, CALL_OPTIONS)}`);
    } else if (value === null && !['retry', 'no_cache', 'rerender'].includes(name)) {
      notes.fault(line, `Something must stand behind :${name}.`);
    }
  }
  for (const { text, line } of tag.strays) {
    const hint = optionOf(tag, 'body')
      ? ' A body with spaces must be built with {% capture %} first, and named: :body {{name}}.'
      : ' Options begin with a colon, and values cannot hold spaces.';
    notes.fault(line, `"${text.slice(0, 40)}" belongs to no option.${hint}`);
  }
  const method = optionOf(tag, 'method')?.value;
  if (method && !['get', 'post'].includes(method.text.toLowerCase())) {
    notes.fault(method.line, `Connected Content knows :method get and :method post, not ${method.text}.`);
  }
  const save = optionOf(tag, 'save')?.value;
  if (save && !isName(save.text)) {
    notes.fault(save.line, `:save needs a name of letters, digits and _, not "${save.text}".`);
  }
  const body = optionOf(tag, 'body');
  if (body && method?.text.toLowerCase() !== 'post') {
    notes.warning(
      body.line,
      'A :body is sent with :method post only. Add that, or put the values into the URL.',
    );
  }
  const headers = optionOf(tag, 'headers')?.value;
  if (headers && /authorization/i.test(headers.text)) {
    notes.warning(
      headers.line,
      'A password in a message can be read by all who see the message. Store it in Braze, and name it with :basic_auth.',
    );
  }
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

function checkCredentials({ tag }: KnownCall, notes: Notes): void {
  const names = ['basic_auth', 'auth_credentials', 'headers'];
  if (names.some((name) => optionOf(tag, name))) return;
  notes.problem(
    tag.line,
    'No credentials come along, so the answer is 401. Store them in Braze, and name them: :basic_auth inlay.',
  );
}

const IDS = ['user_id', 'device_id'] as const;

function checkPerson(call: KnownCall, escaped: ReadonlySet<string>, notes: Notes): void {
  const ids = IDS.flatMap((name) => parameterOf(call, name) ?? []);
  const body = optionOf(call.tag, 'body')?.value?.text ?? '';
  // A body of JSON, or one from a variable, is not looked into.
  const isInBody = IDS.some((name) => body.includes(name)) || body.startsWith('{');
  if (ids.length === 0 && !(call.isPost && isInBody)) {
    notes.problem(
      call.tag.line,
      `The URL names no person, so everybody gets the baseline. Add ?user_id={{\${user_id} | url_param_escape}}.`,
    );
  }
  for (const one of ids.flatMap(({ filled }) => filled)) {
    if (!escaped.has(one.value[0]?.text ?? '')) checkEscaping(one, notes);
  }
}

function checkEscaping({ line, text, value, filters }: Filled, notes: Notes): void {
  if (filters.includes('url_param_escape')) return;
  const id = value[0]?.text === undefined ? text : text.split('|')[0]?.trim();
  const remedy = `Write {{${id} | url_param_escape}}.`;
  if (filters.includes('url_encode') || filters.includes('cgi_escape')) {
    notes.problem(
      line,
      `url_encode turns a space into +, which is read as a plus: an id with a space would be somebody else's. ${remedy}`,
    );
  } else {
    notes.warning(
      line,
      `Braze puts {{${text}}} into the call as it is; an id with &, #, % or a space would be cut off or misread. ${remedy}`,
    );
  }
}

function checkCampaign(call: KnownCall, notes: Notes): void {
  const campaign = parameterOf(call, 'campaign');
  if (!campaign) return;
  if (/dispatch_id/.test(campaign.text)) {
    notes.problem(
      call.tag.line,
      'A dispatch id differs by step and by person, and between subject and body, so nothing holds a send together. Write a name of your own: campaign=weekly-2026-11-27.',
    );
  } else if (campaign.text === 'NAME-OF-THIS-SEND') {
    notes.warning(
      call.tag.line,
      'NAME-OF-THIS-SEND is still to be filled in. Write your own name of this send, the same in all parts of the message.',
    );
  }
}

/** Several calls of one placement show the same only if they name the same send. */
function checkAgreement(calls: readonly KnownCall[], notes: Notes): void {
  const firstOf = new Map<string, KnownCall>();
  for (const call of calls) {
    if (call.placement === null) continue;
    const first = firstOf.get(call.placement);
    if (!first) {
      firstOf.set(call.placement, call);
      continue;
    }
    const [one, other] = [first, call].map((each) => parameterOf(each, 'campaign')?.text ?? '');
    if (one !== '' && one === other) continue;
    const what = one === '' || other === '' ? 'without the same campaign in both' : 'with another campaign';
    notes.warning(
      call.tag.line,
      `This calls ${call.placement} again, as line ${first.tag.line} does, but ${what}: the two may show different items. Write the same campaign=… in both.`,
    );
  }
}
