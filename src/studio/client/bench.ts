import { refresh } from './refresh.ts';

/** A message that is tried, rendered by the service. */
export function startBench(): void {
  document.addEventListener('submit', (event) => {
    if (!(event.target instanceof HTMLFormElement) || !event.target.matches('[data-bench]')) return;
    event.preventDefault();
    void runBench();
  });
}

export function hasBenchResults(): boolean {
  return document.querySelector('#bench-results[data-filled]') !== null;
}

/** Renders what stands in the message now. */
export async function runBench(): Promise<void> {
  const form = document.querySelector<HTMLFormElement>('[data-bench]');
  if (!form) return;
  setRendering(form, true);
  const message = String(new FormData(form).get('message') ?? '');
  await refresh({ to: form.action, with: { message } });
  setRendering(form, false);
}

function setRendering(form: HTMLFormElement, isRendering: boolean): void {
  const busy = form.querySelector('[data-busy]');
  const button = form.querySelector('button');
  if (busy) busy.textContent = isRendering ? 'Rendering…' : '';
  if (button) button.disabled = isRendering;
}
