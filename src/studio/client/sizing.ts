import { chooseFreeWidth } from './preview.ts';
import { refreshSoon } from './refresh.ts';

/** The corner of a stage by which it is dragged; the rest of it is the frame. CSS pixels. */
const HANDLE = 24;

let dragged: HTMLElement | null = null;

/** Dragging the edge of one preview sizes all of them, and the width stands in the address. */
export function startSizing(): void {
  const observer = new ResizeObserver(sizeAll);
  document.addEventListener('pointerdown', ({ target, offsetX, offsetY }) => {
    if (!(target instanceof HTMLElement) || !target.matches('[data-sizes] [data-stage]')) return;
    if (offsetX < target.offsetWidth - HANDLE || offsetY < target.offsetHeight - HANDLE) return;
    dragged = target;
    document.documentElement.dataset.sizing = '';
    observer.observe(target);
  });
  addEventListener('pointerup', () => {
    if (!dragged) return;
    observer.disconnect();
    sizeAll();
    const pixels = document.querySelector<HTMLInputElement>('[data-width]');
    dragged = null;
    delete document.documentElement.dataset.sizing;
    if (pixels && chooseFreeWidth(Number(pixels.value))) refreshSoon();
  });
}

function sizeAll(): void {
  const pixels = document.querySelector<HTMLInputElement>('[data-width]');
  if (!dragged || !pixels) return;
  const own = Math.round(dragged.getBoundingClientRect().width);
  const width = Math.min(Number(pixels.max), Math.max(Number(pixels.min), own));
  for (const stage of document.querySelectorAll<HTMLElement>('[data-sizes] [data-stage]')) {
    if (stage !== dragged) stage.style.width = `${width}px`;
    const frame = stage.querySelector('iframe');
    if (frame) frame.width = String(width);
  }
  pixels.value = String(width);
}
