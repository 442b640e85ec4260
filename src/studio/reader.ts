import { formatNumber } from '../domain/format.ts';
import { DEFAULT_LOCALE, parseLocale } from '../domain/locale.ts';
import { NO_BREAK_SPACE } from './text.ts';

/** A moment for a page: its text is replaced by the browser, which knows the reader's time zone. */
export type Moment = { readonly iso: string; readonly text: string };

/** How numbers and times are written for whoever reads a page. */
export type Reader = {
  readonly locale: string;
  readonly number: (value: number) => string;
  /** `1204`, `answer` → 1,204 answers */
  readonly count: (number: number, one: string, many?: string) => string;
  /** 0…1 */
  readonly percent: (share: number) => string;
  /** Wall clock, milliseconds. */
  readonly moment: (ms: number) => Moment;
  /** `de-AT` → German (Austria), as pages are in English. */
  readonly language: (locale: string) => string;
  readonly bytes: (bytes: number) => string;
};

const languages = new Intl.DisplayNames('en', { type: 'language' });

/** A number and its unit stay on one line. */

function nameLanguage(code: string): string {
  try {
    return languages.of(code) ?? code;
  } catch {
    // It is no language tag; then its own letters must do.
    return code;
  }
}

/** `acceptLanguage` is the header as the browser sends it, its first language being the one that counts. */
export function createReader(acceptLanguage: string | undefined): Reader {
  const locale = parseLocale(acceptLanguage?.split(/[,;]/)[0] ?? '') ?? DEFAULT_LOCALE;
  const number = (value: number): string => formatNumber(value, locale);
  return {
    locale,
    number,
    count: (value, one, many = `${one}s`) => `${number(value)} ${value === 1 ? one : many}`,
    percent: (share) => {
      const percent = share * 100;
      // A few among thousands are not nobody, and all but a few are not everybody.
      if (percent > 0 && percent < 1) return `under 1${NO_BREAK_SPACE}%`;
      if (percent > 99 && percent < 100) return `over 99${NO_BREAK_SPACE}%`;
      return `${number(Math.round(percent))}${NO_BREAK_SPACE}%`;
    },
    moment: (ms) => {
      const date = new Date(ms);
      const text = new Intl.DateTimeFormat([locale, DEFAULT_LOCALE], {
        dateStyle: 'medium',
        timeStyle: 'short',
        timeZone: 'UTC',
      }).format(date);
      return { iso: date.toISOString(), text: `${text} UTC` };
    },
    language: nameLanguage,
    bytes: (bytes) => {
      if (bytes < 1_000) return `${number(bytes)}${NO_BREAK_SPACE}B`;
      const [size, unit] = bytes < 1_000_000 ? [bytes / 1_000, 'KB'] : [bytes / 1_000_000, 'MB'];
      return `${number(Math.round(size * 10) / 10)}${NO_BREAK_SPACE}${unit}`;
    },
  };
}
