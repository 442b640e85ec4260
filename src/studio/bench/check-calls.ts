import { type CallTag, optionOf } from './call-tag.ts';
import { checkOptions } from './check-call-options.ts';
import { type Filled, type KnownCall, parameterOf } from './inlay-call.ts';
import type { Notes } from './notes.ts';
import { outline, type Statement } from './outline.ts';
import { segmentsOf } from './translate.ts';

/**
 * Finds what is wrong with Connected Content tags before they are evaluated. `escaped` are variables of which the
 * message itself has escaped the value.
 */
export function checkCalls(calls: readonly KnownCall[], escaped: ReadonlySet<string>, notes: Notes): void {
  for (const call of calls) {
    checkOptions(call, notes);
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
  if (filters.includes('url_encode')) {
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
