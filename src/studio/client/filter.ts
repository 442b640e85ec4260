/** The search of a list that is on the page as a whole. */
export function startFiltering(): void {
  document.addEventListener('input', (event) => {
    const form =
      event.target instanceof Element ? event.target.closest<HTMLFormElement>('form[data-filter]') : null;
    if (form) filter(form);
  });
  document.addEventListener('submit', (event) => {
    if (event.target instanceof HTMLFormElement && event.target.matches('[data-filter]'))
      event.preventDefault();
  });
  document.addEventListener('change', (event) => {
    const box = event.target;
    if (box instanceof HTMLInputElement && box.name === 'replicas') box.form?.submit();
  });
}

function filter(form: HTMLFormElement): void {
  const wanted = String(new FormData(form).get('q') ?? '')
    .trim()
    .toLowerCase();
  for (const row of document.querySelectorAll<HTMLElement>('[data-find]'))
    row.hidden = !(row.dataset.find ?? '').includes(wanted);
  for (const group of document.querySelectorAll<HTMLElement>('[data-group]'))
    group.hidden = group.querySelector('[data-find]:not([hidden])') === null;
  const nothing = document.querySelector<HTMLElement>('[data-nothing]');
  if (nothing) nothing.hidden = document.querySelector('[data-find]:not([hidden])') !== null;
  const address = new URL(location.href);
  if (wanted === '') address.searchParams.delete('q');
  else address.searchParams.set('q', wanted);
  history.replaceState(null, '', address);
}
