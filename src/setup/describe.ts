import type { ContentShape } from '../domain/content.ts';
import type { Placement } from '../domain/placement.ts';

/** What a set-up is written for. */
export type SetUp = {
  readonly placement: Placement;
  readonly shape: ContentShape;
  /** Names of its templates: `email` and `message` make HTML, `email.txt` plain text. */
  readonly templates: readonly string[];
  /** Without a slash at its end. */
  readonly publicUrl: string;
  /** The key of the placement's positional links. */
  readonly key: string;
};

/** What is filled into a set-up for Braze. */
export type BrazeSend = {
  /** The marketer's own name of the send; null leaves a place for it. */
  readonly campaign: string | null;
  /** `retry`: where Amplitude cannot answer in time, Braze comes back, and does not send in the end. */
  readonly onUnavailable: 'serve' | 'retry';
};

/** A part of a set-up: what to do, and what to copy. */
export type SetUpSection = {
  readonly title: string;
  readonly text: string;
  /** Lines to copy; null if there are none. */
  readonly code: string | null;
};

/** The templates that make HTML, the usual one first. */
export function htmlTemplates({ templates }: Pick<SetUp, 'templates'>): string[] {
  const names = templates.filter((name) => !name.endsWith('.txt'));
  return [...names.filter((name) => name === 'email'), ...names.filter((name) => name !== 'email')];
}

/** The parameter that asks for a template; empty for the one that is taken by itself. */
export function templateParameter(name: string): string {
  const template = name.replace(/\.txt$/, '');
  return template === 'email' ? '' : `&template=${template}`;
}
