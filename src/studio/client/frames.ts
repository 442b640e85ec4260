// Previews stand in frames without scripts, forms and navigation of their own. Their document comes from the service with
// a policy that allows nothing but styles and pictures; here the message is put into it.

const filled = new WeakMap<HTMLIFrameElement, string>();
const known = new WeakSet<HTMLIFrameElement>();
const watched = new WeakSet<Document>();

export function fillFrames(): void {
  for (const frame of document.querySelectorAll<HTMLIFrameElement>('iframe[data-html]')) prepareFrame(frame);
}

function prepareFrame(frame: HTMLIFrameElement): void {
  const shell = frame.contentDocument;
  if (shell?.body?.dataset.shell !== undefined) fill(frame, shell);
  if (known.has(frame)) return;
  known.add(frame);
  // Not there yet, or loaded anew when it was moved.
  frame.addEventListener('load', () => {
    const loaded = frame.contentDocument;
    if (loaded?.body?.dataset.shell === undefined) return;
    filled.delete(frame);
    fill(frame, loaded);
  });
}

function fill(frame: HTMLIFrameElement, inside: Document): void {
  const html = frame.dataset.html ?? '';
  if (filled.get(frame) !== html) {
    filled.set(frame, html);
    // Parsed in the frame's own document, by its policy: handlers stay attributes, and script elements never run.
    inside.body.innerHTML = html;
    inside.documentElement.lang = /^<!doctype html>\s*<html lang="([^"]*)"/.exec(html)?.[1] ?? 'en';
    frame.dataset.shown = '';
  }
  fitHeight(frame, inside);
  watch(frame, inside);
}

/** As high as what is in it, so that the page scrolls and not the frame. */
function fitHeight(frame: HTMLIFrameElement, inside: Document): void {
  const height = Math.min(20_000, Math.max(40, inside.body.scrollHeight));
  if (frame.height !== String(height)) frame.height = String(height);
}

function watch(frame: HTMLIFrameElement, inside: Document): void {
  if (watched.has(inside)) return;
  watched.add(inside);
  new ResizeObserver(() => fitHeight(frame, inside)).observe(inside.body);
  for (const kind of ['click', 'auxclick']) {
    inside.addEventListener(kind, (event) => {
      // It belongs to the frame's own world, whose classes are others.
      const link = (event.target as Element | null)?.closest?.('a[href], area[href]');
      if (!link) return;
      event.preventDefault();
      const detail = link.getAttribute('href');
      frame.dispatchEvent(new CustomEvent('followed', { bubbles: true, detail }));
    });
  }
}
