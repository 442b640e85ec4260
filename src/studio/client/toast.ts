const SHOWN_MS = 6_000;

let timer = 0;

type Telling = {
  /** It stays until something else is told, or it is over. */
  readonly isLasting?: boolean;
};

/** Says something for a few seconds, to screen readers too. */
export function tell(text: string, { isLasting = false }: Telling = {}): void {
  const toast = document.getElementById('toast');
  if (!toast) return;
  clearTimeout(timer);
  if (toast.textContent !== text) toast.textContent = text;
  toast.dataset.shown = isLasting ? 'lasting' : '';
  if (!isLasting) timer = setTimeout(hide, SHOWN_MS);
}

/** What lasted is over. */
export function stopTelling(): void {
  if (document.getElementById('toast')?.dataset.shown === 'lasting') hide();
}

function hide(): void {
  delete document.getElementById('toast')?.dataset.shown;
}
