import { openAmplitude } from '../support/amplitude.ts';
import { createClock } from '../support/clock.ts';
import { arms, funnel, openDashboard } from '../support/dashboard.ts';
import { openService, STUDIO } from '../support/service.ts';
import { type TemplateChanges, writeTemplates } from '../support/templates.ts';

export const API_KEY = 'amplitude-api-key-3Kd';

const HERO = `title: Home page hero
recommendation: s234ssg
items: 3
content: products
baseline: [investing-101, what-is-a-cd, retirement-goals, budgeting-basics]
aliases: [old-hero]
`;

/** `hero` with these lines more. */
export function heroWith(lines: string): TemplateChanges {
  return { 'hero/placement.yaml': `${HERO}${lines}\n` };
}

export const MEASURED = heroWith('results: { outcome: Purchase, control_share: 0.5 }');

/** The published example: 100 of 1000 against 130 of 1000. */
export const PUBLISHED = arms(funnel(1_000, 100), funnel(1_000, 130));

export type MeasuredOptions = {
  readonly settings?: Readonly<Record<string, string>>;
  readonly templates?: TemplateChanges;
};

/** The service with a stand-in for the Dashboard REST API, at noon (UTC) of 27 November 2026. */
export async function openMeasured({ settings = {}, templates = MEASURED }: MeasuredOptions = {}) {
  const dashboard = await openDashboard();
  dashboard.plan(PUBLISHED);
  const amplitude = await openAmplitude();
  const clock = createClock();
  clock.advance(12 * 3_600_000);
  const service = await openService({
    amplitude,
    clock,
    templates: writeTemplates(templates),
    settings: { AMPLITUDE_API_KEY: API_KEY, DASHBOARD_API_URL: dashboard.url, ...settings },
  });
  return {
    amplitude,
    dashboard,
    clock,
    service,
    get: (query = '', placement = 'hero') => service.get(`/v1/results/${placement}${query}`, STUDIO),
  };
}

/** The codes of the warnings in an answer. */
export function codesOf(body: { readonly warnings: readonly { readonly code: string }[] }): string[] {
  return body.warnings.map(({ code }) => code);
}

/** The text of its warning of one code. */
export function warningOf(
  body: { readonly warnings: readonly { readonly code: string; readonly text: string }[] },
  code: string,
): string | undefined {
  return body.warnings.find((warning) => warning.code === code)?.text;
}
