import { CLIENT_SUPPORT } from './client-support.ts';
import { COUNTED_LINKS, EXAMPLES, LINK_PARAMETERS, UNREACHABLE } from './destinations.ts';
import type { CheckedMessage, CheckReport, Finding, PassedCheck, Severity } from './finding.ts';
import { IMAGE_ADDRESS, IMAGE_TEXT, IMAGE_WIDTH, TOO_WIDE } from './images.ts';
import { ITEM_COUNT, LEFT_OUT } from './items.ts';
import { LEFTOVERS, MARKUP_IN_TEXT } from './leftovers.ts';
import { LINK_ADDRESS, LINK_SCHEME, LINK_TEXT, OWN_LINKS } from './links.ts';
import { SIZE } from './measure.ts';
import { type Check, type Reading, readMessage } from './reading.ts';
import { FORMS, OPEN_TAGS, REFUSED_TAGS, SCRIPTS, WHOLE } from './tags.ts';

/** In the order in which findings of one severity are told. */
const CHECKS: readonly Check[] = [
  ...[ITEM_COUNT, LEFT_OUT, SIZE, WHOLE],
  ...[REFUSED_TAGS, SCRIPTS, OPEN_TAGS, LEFTOVERS, MARKUP_IN_TEXT],
  ...[LINK_ADDRESS, LINK_TEXT, UNREACHABLE, IMAGE_ADDRESS, IMAGE_TEXT],
  ...[IMAGE_WIDTH, TOO_WIDE, FORMS, CLIENT_SUPPORT],
  ...[COUNTED_LINKS, LINK_SCHEME, EXAMPLES, LINK_PARAMETERS, OWN_LINKS],
];

const SEVERITIES: readonly Severity[] = ['problem', 'warning', 'note'];

/**
 * Looks for what is wrong with a message before it is sent. The same message gives the same report. Never rejects,
 * whatever the message holds, and takes about as long for a very large one as for one that Gmail would show.
 */
export async function checkMessage(message: CheckedMessage): Promise<CheckReport> {
  const reading = readMessage(message);
  const asked = CHECKS.filter(({ fits }) => fits(message));
  const answers = await Promise.all(asked.map((check) => answer(check, reading)));
  const findings = answers.flatMap(({ findings }) => findings);
  return {
    findings: SEVERITIES.flatMap((severity) => findings.filter((finding) => finding.severity === severity)),
    passed: answers.flatMap(({ findings, passed }) => (findings.length === 0 ? [passed] : [])),
  };
}

type Answer = { readonly findings: readonly Finding[]; readonly passed: PassedCheck };

async function answer({ id, passed, find }: Check, reading: Reading): Promise<Answer> {
  const found = await find(reading);
  const findings = found.map(
    ({ severity, title, advice, places = [], clients = [] }): Finding => ({
      ...{ check: id, severity, title, advice, places, clients },
    }),
  );
  return { findings, passed: { check: id, title: passed } };
}
