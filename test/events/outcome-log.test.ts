import type { Logger } from 'pino';
import { expect, it } from 'vitest';
import type { Outcome } from '../../src/events/outcome.ts';
import { createOutcomeLog } from '../../src/events/outcome-log.ts';

function tellAll(project: string | null, outcomes: readonly Outcome[]): string[] {
  const lines: string[] = [];
  const at = (level: string) => (_fields: object, message: string) => void lines.push(`${level} ${message}`);
  const log = { error: at('error'), warn: at('warn'), info: at('info') } as unknown as Logger;
  const { tell } = createOutcomeLog(log, project);
  for (const outcome of outcomes) tell(outcome);
  return lines;
}

it('names the variable of the project whose key is refused', () => {
  const denied: Outcome = { kind: 'denied', reason: 'wrong_key' };
  expect(tellAll('shop-eu', [denied, denied])).toEqual([
    'error events are refused: is AMPLITUDE_API_KEY_SHOP_EU right?',
  ]);
});

it('does not say that events are taken again before any are', () => {
  const nothing: ReadonlySet<number> = new Set();
  const trouble: Outcome = { kind: 'failed', reason: 'status_503' };
  const others: Outcome[] = [
    { kind: 'throttled', throttled: nothing, overQuota: nothing },
    { kind: 'refused', refused: new Set([0]) },
    { kind: 'too_large' },
    { kind: 'unreadable' },
  ];
  expect(tellAll(null, [...others, trouble, ...others, trouble, { kind: 'taken' }])).toEqual([
    'warn events wait: Amplitude does not take them',
    'info Amplitude takes events again',
  ]);
});
