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
  let found = 0;
  for (const row of document.querySelectorAll<HTMLElement>('[data-find]')) {
    row.hidden = !(row.dataset.find ?? '').includes(wanted);
    if (!row.hidden) found += 1;
  }
  for (const group of document.querySelectorAll<HTMLElement>('[data-group]')) {
    group.hidden = group.querySelector('[data-find]:not([hidden])') === null;
  }
  const nothing = document.querySelector<HTMLElement>('[data-nothing]');
  if (nothing) nothing.hidden = found > 0;
  const address = new URL(location.href);
  if (wanted === '') address.searchParams.delete('q');
  else address.searchParams.set('q', wanted);
  history.replaceState(null, '', address);
}
