import Papa from 'papaparse';
import type { ArmCounts, Results } from '../domain/results.ts';

/** What a spreadsheet may take for a formula, with characters that look like its beginning. */
const FORMULA = /^[\s\p{Cc}\p{Cf}]*[=+\-@|%\uff1d\uff0b\uff0d\uff20]|^[\t\r\n]/u;

/** Excel takes a file for UTF-8 only with this in front. */
const BYTE_ORDER_MARK = '\ufeff';

const COLUMNS = [
  'placement',
  'from',
  'to',
  'group',
  'users',
  'conversions',
  'rate',
  'lift',
  'lift_low',
  'lift_high',
  'p_value',
  'significance',
  'enough_data',
  'outcome',
  'exposure_event',
  'campaign',
  'channel',
  'notes',
] as const;

type Row = Readonly<Partial<Record<(typeof COLUMNS)[number], string | number | boolean | null>>>;

/** Results as a table: both groups, then both of each day. */
export function formatResultsCsv(results: Results): string {
  const { comparison, asked, warnings, verdict, arms } = results;
  const { placement, campaign, channel } = results;
  const { outcome, exposureEvent: exposure_event, range } = asked;
  const common = { placement, outcome, exposure_event, campaign, channel };
  const row = (from: string, to: string, group: string, counts: ArmCounts): Row => {
    const { users, conversions } = counts;
    const rate = users === 0 ? null : conversions / users;
    return { ...common, from, to, group, users, conversions, rate };
  };
  const rows: Row[] = [
    row(range.start, range.end, 'control', arms.control),
    {
      ...row(range.start, range.end, 'treatment', arms.treatment),
      lift: comparison.lift,
      lift_low: comparison.liftLow,
      lift_high: comparison.liftHigh,
      p_value: comparison.pValue,
      significance: comparison.significance,
      enough_data: comparison.isEnough,
      notes: [verdict, ...warnings.map(({ text }) => text)].join(' '),
    },
    ...results.days.flatMap(({ date, control, treatment }) => [
      row(date, date, 'control', control),
      row(date, date, 'treatment', treatment),
    ]),
  ];
  const data = rows.map((one) => COLUMNS.map((column) => one[column] ?? null));
  const table = Papa.unparse({ fields: [...COLUMNS], data }, { escapeFormulae: FORMULA });
  return `${BYTE_ORDER_MARK}${table}\r\n`;
}
