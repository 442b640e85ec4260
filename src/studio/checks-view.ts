import { checkMessage } from './checks/check-message.ts';
import type { CheckReport, Finding, Severity } from './checks/finding.ts';
import { measureMessage } from './checks/measure.ts';
import type { Preview } from './preview.ts';
import type { Reader } from './reader.ts';
import type { Tone } from './words.ts';

/** A message as somebody gets it, and who that is. */
export type ShownMessage = {
  readonly title: string;
  readonly preview: Preview;
  readonly kind: 'html' | 'text';
  readonly medium: 'email' | 'message';
  readonly body: string;
  /** How many items were asked for. */
  readonly wanted: number;
};

/** How large a message is beside what its channel takes. */
export function viewSizes(
  message: Pick<ShownMessage, 'kind' | 'medium' | 'body'>,
  { bytes, percent }: Reader,
) {
  return measureMessage(message)
    .filter(({ limit }) => limit !== 'braze')
    .map((measure) => ({
      share: Math.min(1, measure.share),
      label: measure.title,
      text: `${bytes(measure.bytes)}, ${percent(measure.share)} of ${bytes(measure.limitBytes)}: ${lowerFirst(measure.title)}`,
    }));
}

function lowerFirst(text: string): string {
  return `${text.charAt(0).toLowerCase()}${text.slice(1)}`;
}

const SEVERITIES: Readonly<Record<Severity, { readonly name: string; readonly tone: string }>> = {
  problem: { name: 'Mend this', tone: 'problem' },
  warning: { name: 'Look at this', tone: 'fallback' satisfies Tone },
  note: { name: 'Good to know', tone: 'note' },
};

/** Checks everybody's message; what is wrong with several is told once, with their names. */
export async function viewChecks(messages: readonly ShownMessage[], publicUrl: URL): Promise<object> {
  const reports = await Promise.all(
    messages.map(async (message) => ({ title: message.title, report: await check(message, publicUrl) })),
  );
  const merged = new Map<string, { readonly finding: Finding; readonly people: string[] }>();
  for (const { title, report } of reports) {
    for (const finding of report.findings) {
      const key = `${finding.check} ${finding.title}`;
      const known = merged.get(key) ?? { finding, people: [] };
      known.people.push(title);
      merged.set(key, known);
    }
  }
  const order: readonly Severity[] = ['problem', 'warning', 'note'];
  const findings = [...merged.values()].sort(
    (a, b) => order.indexOf(a.finding.severity) - order.indexOf(b.finding.severity),
  );
  return {
    of: reports.map(({ title }) => title).join(', '),
    findings: findings.map(({ finding, people }) => viewFinding(finding, people, messages.length)),
    ...viewPassed(reports.map(({ report }) => report)),
  };
}

function check({ preview, ...message }: ShownMessage, publicUrl: URL): Promise<CheckReport> {
  const { block, trace } = preview.answer;
  return checkMessage({ ...message, block, leftOut: trace.leftOut, publicUrl });
}

function viewFinding(finding: Finding, people: readonly string[], of: number): object {
  const { severity, title, advice, places, clients } = finding;
  return {
    ...{ severity, title, advice, places },
    ...{ severityName: SEVERITIES[severity].name, tone: SEVERITIES[severity].tone },
    clients: clients.join(', '),
    people: people.length < of ? people.join(', ') : '',
  };
}

/** What is true of everybody's message. */
function viewPassed(reports: readonly CheckReport[]): object {
  const [first, ...others] = reports;
  const passed = (first?.passed ?? []).filter(({ check }) =>
    others.every((report) => report.passed.some((one) => one.check === check)),
  );
  return {
    passed: passed.length === 0 ? '' : `${passed.length} passed`,
    passedTitles: passed.map(({ title }) => title),
  };
}
