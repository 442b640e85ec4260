/** Someone as Amplitude knows them. Ids are opaque: never lower-cased or otherwise changed, only trimmed. */
export type Person = { readonly kind: 'user_id' | 'device_id'; readonly id: string };

/** Why no call can be made for an id. Each is also the reason of the answer. */
export type PersonFault = 'no_user' | 'unresolved_merge_tag' | 'invalid_user';

/** UTF-8 bytes. */
export const MAX_ID_BYTES = 256;

// What Braze, Movable Ink and their neighbours leave standing when a tag has no value to put in. Square brackets
// and the like may also be part of a real id, so those count only when they are all of it.
const MERGE_TAG = /\{\{|\{%|%%[^%]+%%|\$\$[^$]+\$\$|\*\|[^|]*\|\*|^\[[^\]]*\]$/;

// biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the purpose
const CONTROL_CHARACTER = /[\u0000-\u001f\u007f-\u009f]/;

/**
 * Whom to look up. With both ids the user id counts and the other is not sent, since the two may belong to
 * different people; a blank user id leaves the device id.
 */
export function parsePerson(userId: string | null, deviceId: string | null): Person | PersonFault {
  const user = userId?.trim() ?? '';
  const id = user !== '' ? user : (deviceId?.trim() ?? '');
  if (id === '') return 'no_user';
  if (MERGE_TAG.test(id)) return 'unresolved_merge_tag';
  if (CONTROL_CHARACTER.test(id) || isTooLong(id) || !id.isWellFormed()) return 'invalid_user';
  return { kind: user !== '' ? 'user_id' : 'device_id', id };
}

function isTooLong(id: string): boolean {
  // A UTF-16 unit is one to three bytes, so most ids are settled without measuring them.
  return id.length > MAX_ID_BYTES || (id.length * 3 > MAX_ID_BYTES && Buffer.byteLength(id) > MAX_ID_BYTES);
}
