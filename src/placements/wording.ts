import type { z } from 'zod';

/**
 * What is said of a value that does not fit, where its schema says nothing of its own: in the words of whoever writes
 * YAML, and without the value.
 */
export function wordIssue(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      return EXPECTED[issue.expected];
    case 'invalid_value':
      return `must be ${oneOf(issue.values.map(String))}`;
    case 'too_small':
      return issue.origin === 'string' || issue.origin === 'array'
        ? 'must not be empty'
        : `must be ${issue.minimum} or more`;
    case 'too_big':
      return TOO_BIG[issue.origin]?.(issue.maximum) ?? `must be ${issue.maximum} or less`;
    case 'unrecognized_keys':
      return 'is not a known key';
    case 'invalid_union':
      return 'is written in a way that is not known here';
    default:
      return undefined;
  }
}

/** `a, b or c` */
export function oneOf(names: readonly string[]): string {
  return OR.format(names);
}

const OR = new Intl.ListFormat('en-GB', { type: 'disjunction' });

const EXPECTED: Readonly<Record<string, string>> = {
  string: 'must be a text',
  number: 'must be a number',
  int: 'must be a whole number',
  boolean: 'must be true or false',
  array: 'must be a list',
  object: 'must hold names with values',
  record: 'must hold names with values',
};

const TOO_BIG: Readonly<Record<string, (maximum: number | bigint) => string>> = {
  string: (maximum) => `must have at most ${maximum} characters`,
  array: (maximum) => `must have at most ${maximum} entries`,
};
