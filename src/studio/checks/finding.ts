import type { Block, LeftOut } from '../../domain/block.ts';

/** A rendered block, with what is known of how it came about. */
export type CheckedMessage = {
  readonly kind: 'html' | 'text';
  /** Where it is meant to be shown; `message` is everything but e-mail: in-app messages, Content Cards, push. */
  readonly medium: 'email' | 'message';
  readonly body: string;
  readonly block: Block;
  readonly leftOut: readonly LeftOut[];
  /** How many items were asked for: the placement's, or fewer with `limit` or `position`. */
  readonly wanted: number;
  /** Where Inlay's own links lead. */
  readonly publicUrl: URL;
};

/** `problem`: goes wrong for people; `warning`: may go wrong; `note`: good to know. */
export type Severity = 'problem' | 'warning' | 'note';

/** Something that a marketer should know before a send. */
export type Finding = {
  /** The check that found it; never changes. */
  readonly check: CheckId;
  readonly severity: Severity;
  /** What is wrong, in one short sentence. Plain text, as all of this. */
  readonly title: string;
  /** What to do. */
  readonly advice: string;
  /** At most `MAX_PLACES`; none if it is about the whole. */
  readonly places: readonly Place[];
  /** Names of mail clients, such as "Outlook on Windows"; none if it is the same for all. */
  readonly clients: readonly string[];
};

/** A place in the body. */
export type Place = {
  /** 1…n. */
  readonly line: number;
  /** What stands there, on one line, cut if it is long. */
  readonly excerpt: string;
};

export const MAX_PLACES = 20;

export const CHECK_IDS = [
  'size',
  'whole',
  'item_count',
  'left_out',
  'refused_tags',
  'scripts',
  'forms',
  'open_tags',
  'image_address',
  'image_text',
  'image_width',
  'too_wide',
  'link_address',
  'link_text',
  'link_scheme',
  'unreachable',
  'examples',
  'own_links',
  'counted_links',
  'link_parameters',
  'leftovers',
  'markup_in_text',
  'client_support',
] as const;
export type CheckId = (typeof CHECK_IDS)[number];

/** A check that found nothing. */
export type PassedCheck = {
  readonly check: CheckId;
  /** What is true of the message, in a few words. */
  readonly title: string;
};

/** What came of the checks that fit a message. */
export type CheckReport = {
  /** Worst first. */
  readonly findings: readonly Finding[];
  readonly passed: readonly PassedCheck[];
};
