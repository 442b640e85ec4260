import type { LeftOutReason } from '../domain/content.ts';
import type { Reason } from '../domain/decision.ts';
import type { Sample } from '../domain/sample.ts';

// What marketers read in the place of the contract's words.

// A reason may be one that another replica counted, of a later version.

/** What was served, in a word or two: Recommended, Default (control group), Default (because …). */
export function nameServed(reason: string): string {
  if (reason === 'recommended') return 'Recommended';
  return reason === 'control' ? 'Default (control group)' : `Default (${sayBecause(reason)})`;
}

/** `because Amplitude was too slow` */
export function sayBecause(reason: string): string {
  return `because ${BECAUSE[reason as Reason] ?? reason}`;
}

/** How it is coloured. */
export type Tone = 'recommended' | 'control' | 'fallback';

export function toneOf(reason: string): Tone {
  return reason === 'recommended' || reason === 'control' ? reason : 'fallback';
}

/** Why the default was served, as it goes on after "because". */
export const BECAUSE: Readonly<Record<Reason, string>> = {
  recommended: 'of a recommendation',
  control: 'the person is in the control group',
  no_recommendation: 'there is no recommendation',
  unknown_user: 'Amplitude does not know the person',
  no_user: 'the message named nobody',
  unresolved_merge_tag: 'a merge tag was not filled in',
  invalid_user: 'the id cannot be one',
  throttled: 'the look-up budget was used up',
  timeout: 'Amplitude was too slow',
  upstream_error: 'Amplitude failed',
  circuit_open: 'Amplitude has been failing',
  invalid_response: 'Amplitude’s answer made no sense',
  upstream_rejected: 'Amplitude refused our key or address',
  no_content: 'no recommended item has content',
  disabled: 'the placement is switched off',
};

/** The whole story in a sentence or two, and what can be done where something can. */
export const STORY: Readonly<Record<Reason, string>> = {
  recommended: 'Amplitude recommends these items to the person, best first.',
  control:
    'Amplitude keeps this person in the control group, to compare with. They get the default on purpose: it is no fault, and the message must go out.',
  no_recommendation: 'Amplitude knows the person and has nothing to recommend to them yet.',
  unknown_user:
    'Amplitude has never seen this id. Check that the message sends the same id that your app reports to Amplitude.',
  no_user: 'Neither a user id nor a device id came with the call. Check the merge tag in the message.',
  unresolved_merge_tag:
    'The id that came is still a merge tag, such as {{…}} or [user_id]. Check how the tag is spelled.',
  invalid_user: 'The id is longer than 256 bytes or holds control characters, so nobody can have it.',
  throttled:
    'Amplitude allows so many look-ups a minute, and they were used up. For a large audience, prefetch it before the send.',
  timeout: 'Amplitude did not answer in time, and the message could not wait.',
  upstream_error: 'Amplitude answered with an error. Inlay tries again with the next call.',
  circuit_open: 'Amplitude has been failing, so it is left alone for some seconds at a time.',
  invalid_response: 'What Amplitude answered could not be understood; it may be worth telling their support.',
  upstream_rejected:
    'The secret key or the address of Amplitude is wrong. Nobody gets a recommendation until that is mended: tell an engineer.',
  no_content:
    'Amplitude recommends items, but none of them has the content that a message needs. See below which are missing.',
  disabled:
    'It is switched off in placement.yaml (enabled: false), so everybody gets the default and nobody is looked up.',
};

/** Why an item is not shown, and what to do. */
export const LEFT_OUT: Readonly<Record<LeftOutReason, string>> = {
  not_found: 'The content source has no item of this id. Is it published, and is “key” the right column?',
  source_unavailable: 'The content source did not answer.',
  incomplete: 'A field that every item needs is missing or cannot be used.',
  out_of_stock: 'The content source says that it is not available.',
  not_started: 'Its time has not come yet.',
  ended: 'Its time is over.',
  gated: 'Its feature flag is off for this person.',
};

const SAMPLE_TITLES: Readonly<Record<string, string>> = {
  treatment: 'Has a recommendation',
  control: 'Control group',
  unknown: 'Unknown to Amplitude',
  empty: 'Nothing recommended',
  outage: 'Amplitude is down',
  long: 'Very long texts',
  sparse: 'Only what is required',
};

/** `long-titles` → Long titles */
export function nameSample({ name }: Pick<Sample, 'name'>): string {
  const words = name.replaceAll('-', ' ');
  return SAMPLE_TITLES[name] ?? `${words.charAt(0).toUpperCase()}${words.slice(1)}`;
}

/** `email` → E-mail */
export function nameTemplate(name: string): string {
  if (name === 'email') return 'E-mail';
  const words = name.replaceAll(/[-_]/g, ' ');
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}`;
}

/** `1`, `item` → 1 item; `2`, `item` → 2 items */
export function count(number: number, one: string, many = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`;
}

/** As people say it: 42 s, 5 min, 3 h 20 min, 2 days. */
export function sayDuration(ms: number): string {
  const seconds = Math.round(ms / 1_000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
  return count(Math.round(hours / 24), 'day');
}
