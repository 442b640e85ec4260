import { Idiomorph } from 'idiomorph';
import { hasPrivate, readPrivate } from './private-state.ts';
import { tell } from './toast.ts';

type RefreshOptions = {
  /** Where to send it, if not to the page itself. */
  readonly to?: string;
  /** More to send. */
  readonly with?: Readonly<Record<string, string>>;
  /** Do nothing if the page as it came is all there is. */
  readonly onlyIfPrivate?: boolean;
};

const listeners: (() => void)[] = [];
let underWay: AbortController | null = null;

export function onRefreshed(listener: () => void): void {
  listeners.push(listener);
}

/** Asks for the page as it is now, and changes what has changed in it: focus, scroll, selection and open parts stay. */
export async function refresh(options: RefreshOptions = {}): Promise<void> {
  if (options.onlyIfPrivate && !hasPrivate()) return;
  underWay?.abort();
  const own = new AbortController();
  underWay = own;
  const main = document.querySelector('main');
  main?.setAttribute('aria-busy', 'true');
  try {
    const text = await load(options, own.signal);
    if (own.signal.aborted) return;
    show(text);
    for (const listener of listeners) listener();
  } catch (error) {
    if (own.signal.aborted) return;
    tell(
      error instanceof Refusal ? error.message : 'Inlay does not answer. What you see may be out of date.',
    );
  } finally {
    if (underWay === own) {
      underWay = null;
      main?.removeAttribute('aria-busy');
    }
  }
}

class Refusal extends Error {}

async function load({ to, with: more }: RefreshOptions, signal: AbortSignal): Promise<string> {
  const url = to ?? location.pathname + location.search;
  const isPrivate = document.querySelector('[data-state]') !== null;
  const { people, edits } = readPrivate();
  const body = new URLSearchParams({
    people: JSON.stringify(people),
    edits: JSON.stringify(edits),
    ...more,
  });
  const isPost = more !== undefined || (isPrivate && hasPrivate());
  const headers = { Accept: 'text/html' };
  const response = await fetch(url, { signal, headers, ...(isPost && { method: 'POST', body }) });
  const text = await response.text();
  if (response.ok) return text;
  const heading = new DOMParser().parseFromString(text, 'text/html').querySelector('h1 + .lead')?.textContent;
  throw new Refusal(heading ?? `Inlay answered ${response.status}.`);
}

function show(text: string): void {
  const next = new DOMParser().parseFromString(text, 'text/html');
  document.title = next.title;
  for (const part of ['main', '.rail']) {
    const now = document.querySelector(part);
    const then = next.querySelector(part);
    if (now && then)
      Idiomorph.morph(now, then, { morphStyle: 'outerHTML', ignoreActiveValue: true, callbacks: CALLBACKS });
  }
}

/** What the reader has opened or sized stays so, and a preview is not loaded anew. */
const KEPT: Readonly<Record<string, readonly string[]>> = {
  DETAILS: ['open'],
  IFRAME: ['height', 'style'],
  DIV: ['style'],
  MAIN: ['aria-busy'],
  TEXTAREA: ['style'],
};

const CALLBACKS = {
  beforeAttributeUpdated: (name: string, element: Element): boolean =>
    !(KEPT[element.tagName]?.includes(name) ?? false) || element.hasAttribute('data-follow'),
};
