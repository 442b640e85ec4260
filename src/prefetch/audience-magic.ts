/** What bytes are, as far as their beginning tells. */
export type Kind = 'gzip' | 'zip' | 'workbook' | 'other' | 'text';

/** As Latin-1. What is not named here and no text either shows when it is read as text. */
const BEGINNINGS: readonly (readonly [beginning: string, kind: Kind])[] = [
  ['\x1f\x8b\x08', 'gzip'],
  ['PK\x03\x04', 'zip'],
  // An empty one.
  ['PK\x05\x06', 'zip'],
  // .xls, and .xlsx with a password.
  ['\xd0\xcf\x11\xe0', 'workbook'],
  ['%PDF-', 'other'],
  ['\x89PNG', 'other'],
  ['\xff\xd8\xff', 'other'],
  // 7z, xz and Zstandard.
  ['7z\xbc\xaf', 'other'],
  ['\xfd7zXZ', 'other'],
  ['\x28\xb5\x2f\xfd', 'other'],
];

const LONGEST = 5;

/** Of bytes that have a `peek`. */
export async function kindOfBytes(bytes: { peek(count: number): Promise<Buffer> }): Promise<Kind> {
  const text = (await bytes.peek(LONGEST)).toString('latin1');
  return BEGINNINGS.find(([beginning]) => text.startsWith(beginning))?.[1] ?? 'text';
}
