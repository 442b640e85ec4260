import { LiquidError } from 'liquidjs';
import { tooLarge, tooLong, tooManyCalls, tooMuch } from './limit-words.ts';
import type { BenchLimits } from './limits.ts';
import { TooLargeError } from './printed.ts';
import { TooManyCallsError } from './stops.ts';

/** What ended an evaluation, and where. */
export type Failure = { readonly cause: Error; readonly line: number | null };

/** Liquid wraps what is thrown within it. */
export function readFailure(thrown: unknown): Failure {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  if (!LiquidError.is(error)) return { cause: error, line: null };
  const { token, originalError } = error as LiquidError & { readonly originalError?: unknown };
  const [line = null] = token.getPosition();
  return { cause: originalError instanceof Error ? originalError : error, line };
}

/** What it means to who wrote the message. */
export function describeFailure(cause: Error, limits: BenchLimits): string {
  const { message } = cause;
  if (cause instanceof TooManyCallsError) return tooManyCalls(limits);
  if (cause instanceof TooLargeError) return tooLarge(limits);
  if (message.startsWith('memory alloc limit')) return tooMuch(limits);
  if (message.startsWith('template render limit')) return tooLong(limits);
  if (isTooDeep(cause)) return 'The message is nested too deep. Write it flatter.';
  if (message === 'divided by 0')
    return 'Something is divided by 0 here. Check the number with {% if %} first.';
  if (message.startsWith(NO_ZONE)) {
    return `"${message.slice(NO_ZONE.length)}" is no time zone. Write one such as 'America/New_York'.`;
  }
  return `Liquid cannot evaluate this: ${withoutPosition(message)}.`;
}

/** What Liquid says of something that it cannot read and that no check has found. */
export function describeParseFailure(cause: Error): string {
  return `Liquid cannot read this: ${withoutPosition(cause.message)}.`;
}

const NO_ZONE = 'Invalid time zone specified: ';

function isTooDeep(cause: Error): boolean {
  return cause instanceof RangeError && cause.message.includes('call stack');
}

function withoutPosition(message: string): string {
  return message.replace(/(?:, file:[^,]*)?, line:\d+, col:\d+$/, '').replace(/\.$/, '');
}
