import { checkMessage } from './checks/check-message.ts';
import type { CheckReport, Finding, Severity } from './checks/finding.ts';
import { measureMessage } from './checks/measure.ts';
import type { Preview } from './preview.ts';
import type { Reader } from './reader.ts';
import type { Tone } from './words.ts';

/** A message as somebody gets it, and who that is. */
export type ShownMessage = {
  /** Names it within the page. */
  readonly key: string;
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

type Report = { readonly key: string; readonly title: string; readonly report: CheckReport };

/**
 * Checks everybody's message. `linesHref` is where its lines are shown with their numbers, each under `#key-line`; null
 * for nowhere.
 */
export async function viewChecks(
  messages: readonly ShownMessage[],
  publicUrl: URL,
  linesHref: string | null,
): Promise<object> {
  const reports = await Promise.all(
    messages.map(async ({ key, title, ...message }) => ({
      ...{ key, title },
      report: await check(message, publicUrl),
    })),
  );
  return {
    of: reports.map(({ title }) => title).join(', '),
    findings: mergeFindings(reports).map((merged) => viewFinding(merged, messages.length, linesHref)),
    ...viewPassed(reports.map(({ report }) => report)),
  };
}

function check(
  { preview, ...message }: Omit<ShownMessage, 'key' | 'title'>,
  publicUrl: URL,
): Promise<CheckReport> {
  const { block, trace } = preview.answer;
  return checkMessage({ ...message, block, leftOut: trace.leftOut, publicUrl });
}

type Merged = { readonly finding: Finding; readonly key: string; readonly people: readonly string[] };

const ORDER: readonly Severity[] = ['problem', 'warning', 'note'];

/** What is wrong with several is told once, of whom it is worst, though numbers in it may differ. Worst first. */
function mergeFindings(reports: readonly Report[]): Merged[] {
  const merged = new Map<string, Merged>();
  for (const { key, title, report } of reports) {
    for (const finding of report.findings) {
      const kind = `${finding.check} ${finding.title.replaceAll(/\d+/g, '#')}`;
      const known = merged.get(kind);
      const isWorse = !known || finding.places.length > known.finding.places.length;
      const people = new Set([...(known?.people ?? []), title]);
      merged.set(kind, { ...(isWorse ? { finding, key } : known), people: [...people] });
    }
  }
  return [...merged.values()].sort(
    (a, b) => ORDER.indexOf(a.finding.severity) - ORDER.indexOf(b.finding.severity),
  );
}

function viewFinding({ finding, key, people }: Merged, of: number, linesHref: string | null): object {
  const { check, severity, title, advice, places, clients } = finding;
  return {
    ...{ check, severity, title, advice },
    ...{ severityName: SEVERITIES[severity].name, tone: SEVERITIES[severity].tone },
    places: places.map(({ line, excerpt }) => ({
      ...{ line, excerpt },
      href: linesHref && `${linesHref}#${key}-${line}`,
    })),
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
