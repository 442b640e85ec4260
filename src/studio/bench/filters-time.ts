import { type Context, type FilterImplOptions, filters } from 'liquidjs';
import { toText } from './values.ts';

type DateFilter = Extract<FilterImplOptions, (...args: never[]) => unknown>;
const strftime = filters.date as DateFilter;

type InMessage = ThisParameterType<DateFilter> & { readonly context: Context };

/** A moment, and the offset from UTC that it is shown in; minutes, negative east of Greenwich as in JavaScript. */
type Moment = { readonly seconds: number; readonly offset: number };

/** Short forms that Liquid for JavaScript lacks. */
const SHORT_FORMS: Readonly<Record<string, string>> = {
  '%F': '%Y-%m-%d',
  '%T': '%H:%M:%S',
  '%R': '%H:%M',
  '%D': '%m/%d/%y',
  '%r': '%I:%M:%S %p',
};

export const TIME_FILTERS = {
  /** A time without a zone is UTC; one with an offset is shown in it. What is no time stays as it is. */
  date(this: InMessage, value: unknown, format: unknown): unknown {
    const moment = readMoment(value);
    if (!moment || toText(format) === '') return value;
    const long = toText(format).replace(/%[FTRDr]/g, (form) => SHORT_FORMS[form] ?? form);
    const zone = moment.offset === 0 ? long.replaceAll('%Z', 'UTC') : long;
    return strftime.call(this, moment.seconds, zone, moment.offset);
  },
  /** The same moment with the clock of another place. Throws a `RangeError` for a zone that is not known. */
  time_zone(this: InMessage, value: unknown, zone: unknown): unknown {
    const moment = readMoment(value);
    if (!moment) return value;
    return strftime.call(this, moment.seconds, '%Y-%m-%d %H:%M:%S %z', toText(zone));
  },
};

const WITH_ZONE = /(?:z|utc|gmt|([+-])(\d{2}):?(\d{2}))$/i;

function readMoment(value: unknown): Moment | null {
  const text = toText(value).trim();
  if (text === 'now' || text === 'today') return { seconds: Date.now() / 1000, offset: 0 };
  if (/^-?\d+(?:\.\d+)?$/.test(text)) return { seconds: Number(text), offset: 0 };
  const [zone, sign, hours = '0', minutes = '0'] = WITH_ZONE.exec(text) ?? [];
  const isDay = /^\d{4}-\d{2}-\d{2}$/.test(text);
  const time = Date.parse(zone !== undefined || isDay ? text : `${text} UTC`);
  const seconds = (Number.isNaN(time) ? Date.parse(`${text.replace(' ', 'T')}Z`) : time) / 1000;
  if (Number.isNaN(seconds)) return null;
  const offset = (Number(hours) * 60 + Number(minutes)) * (sign === '+' ? -1 : 1);
  return { seconds, offset: sign === undefined ? 0 : offset };
}
