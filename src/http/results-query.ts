import { addDays, type DayRange, dayAt, parseDay } from '../domain/day.ts';
import type { ResultsQuestion } from '../domain/results.ts';
import { cleanText } from '../text.ts';
import { Problem } from './problem.ts';
import { parseQuery } from './query.ts';

/** What the results route takes. An unknown name is refused: a misspelt filter would change figures in silence. */
export const RESULTS_PARAMETERS = ['start', 'end', 'outcome', 'campaign', 'channel', 'format'] as const;

type Name = (typeof RESULTS_PARAMETERS)[number];
type Given = Readonly<Partial<Record<Name, string>>>;

export type ResultsFormat = 'json' | 'csv';

export type ResultsQuery = Pick<ResultsQuestion, 'range' | 'outcome' | 'campaign' | 'channel'> & {
  readonly format: ResultsFormat | null;
};

const NAMES: ReadonlySet<string> = new Set(RESULTS_PARAMETERS);
const DEFAULT_DAYS = 30;
const MAX_LABEL_BYTES = 128;
const MAX_OUTCOME_CHARACTERS = 256;

/** Reads the query string of a request. Throws a problem that names each parameter that cannot be read. */
export function parseResultsQuery(query: string, nowMs: number): ResultsQuery {
  const faults: string[] = [];
  const given = readOnce(query, faults);
  const parsed: ResultsQuery = {
    range: readRange(given, dayAt(nowMs), faults),
    outcome: readOutcome(given.outcome, faults),
    campaign: readLabel('campaign', given.campaign, faults),
    channel: readLabel('channel', given.channel, faults),
    format: readFormat(given.format, faults),
  };
  if (faults.length > 0) throw new Problem('invalid_parameters', `${faults.join('; ')}.`);
  return parsed;
}

/** What is blank counts as not given. */
function readOnce(query: string, faults: string[]): Given {
  const given: Partial<Record<Name, string>> = {};
  for (const [name, values] of parseQuery(query, NAMES).values) {
    const [value = ''] = values;
    if (!isName(name)) {
      faults.push(`${cleanText(name, 40) ?? 'a nameless parameter'} is not known`);
    } else if (values.some((other) => other !== value)) faults.push(`${name} is given more than once`);
    else if (value.trim() !== '') given[name] = value.trim();
  }
  return given;
}

function isName(name: string): name is Name {
  return NAMES.has(name);
}

/** The last thirty full days, unless it is said otherwise. Nobody here knows the project's time zone, so UTC's. */
function readRange(given: Given, today: string, faults: string[]): DayRange {
  const [start, end] = (['start', 'end'] as const).map((name) => {
    const text = given[name];
    const day = text === undefined ? null : parseDay(text);
    if (text !== undefined && day === null) {
      faults.push(`${name} must be a day, such as 2026-11-27 or 20261127`);
    }
    return day;
  });
  const yesterday = addDays(today, -1);
  const last = end ?? (start && start > yesterday ? start : yesterday);
  const range = { start: start ?? addDays(last, 1 - DEFAULT_DAYS), end: last };
  if (range.start > range.end) faults.push('start must not be after end');
  // Where the project's days begin earlier than in UTC, it may be tomorrow already.
  if (range.end > addDays(today, 1)) faults.push('end must not be in the future');
  return range;
}

/** The name of an event, to the letter: quotes and brackets may be part of it. */
function readOutcome(text: string | undefined, faults: string[]): string | null {
  if (text === undefined) return null;
  if (text.length <= MAX_OUTCOME_CHARACTERS && !/\p{Cc}/u.test(text)) return text;
  faults.push(`outcome must be the name of an event, of at most ${MAX_OUTCOME_CHARACTERS} characters`);
  return null;
}

/** As the placement routes read it, since that is what was told to Amplitude. */
function readLabel(name: Name, text: string | undefined, faults: string[]): string | null {
  const label = text === undefined ? null : cleanText(text);
  if (Buffer.byteLength(label ?? '') <= MAX_LABEL_BYTES) return label;
  faults.push(`${name} must be ${MAX_LABEL_BYTES} bytes or fewer`);
  return null;
}

function readFormat(text: string | undefined, faults: string[]): ResultsFormat | null {
  if (text === undefined || text === 'json' || text === 'csv') return text ?? null;
  faults.push('format must be json or csv');
  return null;
}
