import { formatSeconds } from '../domain/estimate.ts';
import { formatNumber } from '../domain/format.ts';
import type { Answer } from './client.ts';

// What the command line says, apart from where it says it.

/** What was read, how long it takes, and what that means. */
export function describeStart({ text, warning = '', audience }: Answer): string {
  const lines = [text, ...describeOdd(audience), ...(warning === '' ? [] : [warning])];
  return lines.join('\n');
}

function describeOdd({ duplicates, blank, impossible }: Answer['audience']): string[] {
  const odd = {
    Duplicates: duplicates,
    'Rows without an id': blank,
    'Rows whose id cannot be one': impossible,
  };
  return Object.entries(odd)
    .filter(([, { count }]) => count > 0)
    .map(([what, { count, first_lines: lines }]) => {
      const more = count > lines.length ? ', …' : '';
      const where = `${lines.length === 1 ? 'line' : 'lines'} ${lines.join(', ')}${more}`;
      return `${what}: ${formatNumber(count, 'en')} (${where})`;
    });
}

/** Behind the bar. */
export function describeNow({
  state,
  text,
  rate_per_minute: rate,
  remaining_seconds: seconds,
}: Answer): string {
  if (state === 'running' && typeof seconds === 'number') {
    return `${rate ?? 0} a minute, ${formatSeconds(seconds)} left`;
  }
  return state === 'paused' ? `Paused. ${text}` : text;
}

export function describeEnd({ state, text }: Answer): string {
  return state === 'cancelled' ? `Cancelled. ${text}` : text;
}

/** For a shell: whether everyone is looked up. */
export function exitCodeOf({ state, failed }: Answer): number {
  if (state === 'cancelled') return 1;
  return failed > 0 ? 3 : 0;
}
