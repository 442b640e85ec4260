let timer = 0;

/** Says something for a few seconds, to screen readers too. */
export function tell(text: string): void {
  const toast = document.getElementById('toast');
  if (!toast) return;
  toast.textContent = text;
  toast.dataset.shown = '';
  clearTimeout(timer);
  timer = setTimeout(() => {
    delete toast.dataset.shown;
  }, 6_000);
}
