import { showState } from './address.ts';
import { changePrivate, readPrivate } from './private-state.ts';
import { refresh, refreshSoon } from './refresh.ts';
import { tell } from './toast.ts';

/** The controls of a page: each changes the address, or what is kept in this tab, and then the page. */
export function startPreview(): void {
  document.addEventListener('input', onInput);
  document.addEventListener('submit', (event) => {
    if (!(event.target instanceof HTMLFormElement) || !event.target.matches('[data-state], [data-edits]'))
      return;
    event.preventDefault();
    if (event.target.matches('[data-slow]')) showState(event.target);
    refreshSoon();
  });
  document.addEventListener('click', onClick);
  addEventListener('popstate', () => void refresh({ isWhole: true }));
}

function onInput({ target }: Event): void {
  if (!(target instanceof HTMLInputElement || target instanceof HTMLSelectElement)) return;
  if (target.dataset.field !== undefined) {
    keepEdit(target as HTMLInputElement);
    refreshSoon();
  } else if (target.dataset.width !== undefined) {
    if (chooseFreeWidth(Number(target.value))) refreshSoon();
  } else if (target.form?.matches('[data-state]:not([data-slow])')) {
    if (target.name === 'who') keepToMost(target as HTMLInputElement);
    showState(target.form);
    refreshSoon();
  }
}

/** So many people fit side by side. */
function keepToMost(box: HTMLInputElement): void {
  const most = Number(box.closest<HTMLElement>('[data-most]')?.dataset.most);
  const chosen = box.form?.querySelectorAll('[name="who"]:checked').length ?? 0;
  if (chosen <= most) return;
  box.checked = false;
  tell(`At most ${most} are shown side by side: take somebody away first.`);
}

function keepEdit({ dataset: { item = '', field = '', original }, value }: HTMLInputElement): void {
  const { edits } = readPrivate();
  const { [field]: _before, ...others } = edits[item] ?? {};
  const own = value === original ? others : { ...others, [field]: value };
  const { [item]: _item, ...rest } = edits;
  changePrivate({ edits: Object.keys(own).length === 0 ? rest : { ...rest, [item]: own } });
}

function onClick(event: MouseEvent): void {
  const target = event.target instanceof Element ? event.target : null;
  if (target?.closest('[data-reset-edits]')) {
    changePrivate({ edits: {} });
    void refresh({ with: {}, isWhole: true });
  } else {
    followTab(event, target);
  }
}

/** Tabs of a view change the page in place, so that its frames and scroll stay. */
function followTab(event: MouseEvent, target: Element | null): void {
  const tab = target?.closest<HTMLAnchorElement>('.tabs a');
  const isPlain = event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;
  if (!tab || !isPlain || tab.pathname !== location.pathname) return;
  event.preventDefault();
  history.pushState(null, '', tab.href);
  void refresh();
}

/** Puts a width into the address. False if no preview can have it. */
export function chooseFreeWidth(width: number): boolean {
  const free = document.querySelector<HTMLInputElement>('[data-free]');
  const pixels = document.querySelector<HTMLInputElement>('[data-width]');
  if (!free?.form || !pixels || !(width >= Number(pixels.min) && width <= Number(pixels.max))) return false;
  free.checked = true;
  free.value = String(Math.round(width));
  showState(free.form);
  return true;
}
