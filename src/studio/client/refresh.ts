import { Idiomorph } from 'idiomorph';
import { hasPrivate, isPrivatePage, readPrivate } from './private-state.ts';
import { stopTelling, tell } from './toast.ts';

type RefreshOptions = {
  /** Where to send it, if not to the page itself. */
  readonly to?: string;
  /** More to send. */
  readonly with?: Readonly<Record<string, string>>;
  /** What stands in the field that somebody is in counts no more either. */
  readonly isWhole?: boolean;
};

const SOON_MS = 120;

const listeners: (() => void)[] = [];
let underWay: AbortController | null = null;
/** What was sent somewhere else does something: it is not stopped for another look at the page. */
let doing: Promise<void> | null = null;
let timer = 0;

export function onRefreshed(listener: () => void): void {
  listeners.push(listener);
}

/** Refreshes once nothing more was typed for a moment. An answer that is still on its way comes too late. */
export function refreshSoon(): void {
  stopLooking();
  timer = setTimeout(() => void refresh(), SOON_MS);
  showBusy();
}

/** Asks for the page as it is now, and changes what has changed in it: focus, scroll, selection and open parts stay. */
export async function refresh(options: RefreshOptions = {}): Promise<void> {
  const address = location.href;
  const asked = prepare(options);
  stopLooking();
  while (doing) await doing;
  // Others may have waited for the same; what is about to begin after this stays so.
  underWay?.abort();
  const own = new AbortController();
  underWay = own;
  showBusy();
  const done = load(asked, own.signal)
    .then((page) => {
      if (own.signal.aborted) return;
      show(page, options, location.href === address);
      for (const listener of listeners) listener();
      stopTelling();
    })
    .catch((error) => {
      if (!own.signal.aborted) tellOf(error);
    })
    .finally(() => {
      if (underWay !== own) return;
      underWay = null;
      doing = null;
      showBusy();
    });
  if (options.to !== undefined) doing = done;
  await done;
}

export function isRefreshing(): boolean {
  return underWay !== null;
}

function stopLooking(): void {
  clearTimeout(timer);
  timer = 0;
  if (doing) return;
  underWay?.abort();
  underWay = null;
}

function tellOf(error: unknown): void {
  const isRefused = error instanceof Refusal;
  tell(isRefused ? error.message : 'Inlay does not answer. What you see may be out of date.', {
    isLasting: !isRefused,
  });
}

/** From the moment that something is about to begin. */
function showBusy(): void {
  const main = document.querySelector('main');
  if (underWay !== null || timer !== 0) main?.setAttribute('aria-busy', 'true');
  else main?.removeAttribute('aria-busy');
}

class Refusal extends Error {}

/** What is sent: the state of the page as it is when it is asked for, however long that has to wait. */
function prepare({ to, with: more }: RefreshOptions): { readonly url: string; readonly init: RequestInit } {
  const url = to ?? location.pathname + location.search;
  const body = new URLSearchParams(more);
  const { people, edits } = readPrivate();
  if (isPrivatePage()) {
    body.set('people', JSON.stringify(people));
    body.set('edits', JSON.stringify(edits));
  }
  const isPost = more !== undefined || (isPrivatePage() && hasPrivate());
  return { url, init: { headers: { Accept: 'text/html' }, ...(isPost && { method: 'POST', body }) } };
}

async function load({ url, init }: ReturnType<typeof prepare>, signal: AbortSignal): Promise<Document> {
  const response = await fetch(url, { ...init, signal });
  const page = new DOMParser().parseFromString(await response.text(), 'text/html');
  // What is not there any more is told in its place, and comes back by itself.
  if (response.ok || response.status === 404) return page;
  const said = page.querySelector('h1 + .lead')?.textContent;
  throw new Refusal(said ?? `Inlay answered ${response.status}.`);
}

function show(next: Document, { isWhole = false }: RefreshOptions, isSameAddress: boolean): void {
  document.title = next.title;
  for (const part of ['main', '.rail']) {
    const now = document.querySelector(part);
    const then = next.querySelector(part);
    if (now && then)
      Idiomorph.morph(now, then, { morphStyle: 'outerHTML', callbacks: callbacksFor(isWhole) });
  }
  const address = next.querySelector<HTMLElement>('[data-address]')?.dataset.address;
  if (address !== undefined && isSameAddress)
    history.replaceState(history.state, '', address + location.hash);
}

/** What the reader has opened or sized stays so, and a preview as high as what is in it. */
const KEPT: Readonly<Record<string, readonly string[]>> = {
  DETAILS: ['open'],
  IFRAME: ['height', 'data-shown'],
  MAIN: ['aria-busy'],
  TEXTAREA: ['style'],
};

const callbacksFor = (isWhole: boolean) => ({
  beforeAttributeUpdated: (name: string, element: Element): boolean => {
    if (KEPT[element.tagName]?.includes(name)) return false;
    // Whoever is typing knows best what stands there. (Idiomorph's own way to say so would keep whatever has the focus
    // from being changed at all.)
    const holder = element.closest('input, select');
    const isOfValue = name === 'value' || name === 'selected';
    return isWhole || !isOfValue || holder === null || holder !== document.activeElement;
  },
  /** What somebody typed into a message that is tried stays, and so does what came of it. */
  beforeNodeMorphed: (now: Node, then: Node): boolean => {
    if (now instanceof HTMLTextAreaElement) return now.value === now.defaultValue;
    if (now instanceof HTMLFormElement && now.matches('[data-prefetch]')) return false;
    const isFilled = now instanceof HTMLElement && now.dataset.filled !== undefined;
    return !isFilled || !(then instanceof HTMLElement) || then.dataset.filled !== undefined;
  },
});
