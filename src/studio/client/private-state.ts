// What of a view does not stand in its address: real people's ids, and what somebody typed in the place of content. It
// is kept in this tab, for this placement, and gone with the tab.

export type RealPerson = { readonly kind: 'user_id' | 'device_id'; readonly id: string };
export type Edits = Readonly<Record<string, Readonly<Record<string, string>>>>;

type PrivateState = { readonly people: readonly RealPerson[]; readonly edits: Edits };

const NOTHING: PrivateState = { people: [], edits: {} };

export function readPrivate(): PrivateState {
  try {
    return { ...NOTHING, ...JSON.parse(sessionStorage.getItem(keyOfPage()) ?? '{}') };
  } catch {
    // Storage may be switched off; then the tab forgets.
    return NOTHING;
  }
}

export function changePrivate(change: Partial<PrivateState>): void {
  try {
    sessionStorage.setItem(keyOfPage(), JSON.stringify({ ...readPrivate(), ...change }));
  } catch {
    // As above.
  }
}

export function hasPrivate(): boolean {
  const { people, edits } = readPrivate();
  return people.length > 0 || Object.keys(edits).length > 0;
}

function keyOfPage(): string {
  return `inlay ${location.pathname}`;
}
