import { chooseFreeWidth } from './preview.ts';
import { refreshSoon } from './refresh.ts';

/** The grip that is dragged, and where that began. CSS pixels. */
type Drag = { readonly grip: Element; readonly startX: number; readonly startWidth: number };

let drag: Drag | null = null;

/** Dragging the edge of one preview sizes all of them, and in the end the width stands in the address. */
export function startSizing(): void {
  document.addEventListener('pointerdown', (event) => {
    const grip = event.target instanceof Element ? event.target.closest('[data-grip]') : null;
    const frame = grip?.parentElement?.querySelector('iframe');
    if (!grip || !frame || event.button !== 0) return;
    event.preventDefault();
    // Frames would keep what happens over them for themselves.
    grip.setPointerCapture(event.pointerId);
    document.documentElement.dataset.sizing = '';
    drag = { grip, startX: event.clientX, startWidth: Number(frame.width) };
  });
  document.addEventListener('pointermove', ({ clientX }) => {
    if (drag) sizeAll(drag.startWidth + clientX - drag.startX);
  });
  document.addEventListener('pointerup', endDrag);
  document.addEventListener('pointercancel', endDrag);
}

function endDrag(): void {
  const pixels = document.querySelector<HTMLInputElement>('[data-width]');
  if (!drag || !pixels) return;
  drag = null;
  delete document.documentElement.dataset.sizing;
  if (chooseFreeWidth(Number(pixels.value))) refreshSoon();
}

function sizeAll(asked: number): void {
  const pixels = document.querySelector<HTMLInputElement>('[data-width]');
  if (!pixels) return;
  const width = Math.round(Math.min(Number(pixels.max), Math.max(Number(pixels.min), asked)));
  pixels.value = String(width);
  for (const frame of document.querySelectorAll<HTMLIFrameElement>('iframe:has(+ [data-grip])'))
    frame.width = String(width);
}
