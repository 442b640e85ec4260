// What of a view does not stand in its address: real people's ids, and what somebody typed in the place of content. It
// is kept in this tab, for this placement, and gone with the tab.

export type RealPerson = { readonly kind: 'user_id' | 'device_id'; readonly id: string };
export type Edits = Readonly<Record<string, Readonly<Record<string, string>>>>;

type PrivateState = { readonly people: readonly RealPerson[]; readonly edits: Edits };

const NOTHING: PrivateState = { people: [], edits: {} };

/** Where the tab keeps nothing, or no more: what counts since then; null while it keeps all. */
let unstored: PrivateState | null = null;

export function readPrivate(): PrivateState {
  if (unstored) return unstored;
  try {
    return { ...NOTHING, ...JSON.parse(sessionStorage.getItem(keyOfPage()) ?? '{}') };
  } catch {
    return NOTHING;
  }
}

export function changePrivate(change: Partial<PrivateState>): void {
  const next = { ...readPrivate(), ...change };
  try {
    sessionStorage.setItem(keyOfPage(), JSON.stringify(next));
    unstored = null;
  } catch {
    unstored = next;
  }
}

export function hasPrivate(): boolean {
  const { people, edits } = readPrivate();
  return people.length > 0 || Object.keys(edits).length > 0;
}

/** Whether the page is one that can show something private. */
export function isPrivatePage(): boolean {
  return /^\/studio\/placements\/[^/]+\/?$/.test(location.pathname);
}

function keyOfPage(): string {
  return `inlay ${location.pathname}`;
}
