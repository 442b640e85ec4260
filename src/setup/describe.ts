import type { ContentShape } from '../domain/content.ts';
import type { Placement } from '../domain/placement.ts';
import { traitNames } from '../domain/traits.ts';

/** What a set-up is written for. */
export type SetUp = {
  readonly placement: Placement;
  readonly shape: ContentShape;
  /** Without a slash at its end. */
  readonly publicUrl: string;
  /** The key of the placement's positional links. */
  readonly key: string;
};

/** A part of a set-up: what to do, and what to copy. */
export type SetUpSection = {
  readonly title: string;
  readonly text: string;
  /** To copy as it is; null if there is nothing. */
  readonly code: string | null;
};

/** The keys of an answer, each with what it holds. `prefix` is `item_` or `item_1_`. */
export function listKeys({ placement, shape }: SetUp, prefix: string): string {
  const items = ['id', ...shape.fields, 'click_url'].map((field) => `${prefix}${field}`);
  const profile = traitNames(placement).map((name) => `profile_${name}`);
  return [
    'variant',
    'reason',
    'is_treatment',
    'is_fallback',
    'has_items',
    'item_count',
    ...items,
    ...profile,
  ].join('\n');
}

/** `Authorization: Basic …`, without a password to be read over a shoulder. */
export const HEADER_RECIPE =
  "printf 'NAME:PASSWORD' | base64 -w0    # then the header is  Authorization: Basic <that>";
