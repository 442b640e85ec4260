import { changePrivate, readPrivate } from './private-state.ts';
import { refresh } from './refresh.ts';

const TYPING_MS = 120;
let timer = 0;

/** The controls of a preview: each changes the address, or what is kept in this tab, and then the page. */
export function startPreview(): void {
  document.addEventListener('input', onInput);
  document.addEventListener('submit', onSubmit);
  document.addEventListener('click', onClick);
  addEventListener('popstate', () => void refresh());
  watchDragging();
}

function onInput({ target }: Event): void {
  if (!(target instanceof HTMLInputElement || target instanceof HTMLSelectElement)) return;
  if (target.dataset.field !== undefined) {
    keepEdit(target as HTMLInputElement);
    soon();
  } else if (target.dataset.width !== undefined) {
    chooseFreeWidth(Number(target.value));
    soon();
  } else if (target.form?.matches('[data-state]:not([data-slow])')) {
    showState(target.form);
    soon();
  }
}

function soon(): void {
  clearTimeout(timer);
  timer = setTimeout(() => void refresh(), TYPING_MS);
}

/** Puts the state of the form into the address, without what is empty. */
function showState(form: HTMLFormElement): void {
  const query = new URLSearchParams();
  const who: string[] = [];
  for (const [name, value] of new FormData(form)) {
    if (name === 'who') who.push(String(value));
    else if (value !== '') query.set(name, String(value));
  }
  const list = form.querySelector('[name="who"]') ? `who=${who.map(encodeURIComponent).join(',')}&` : '';
  history.replaceState(null, '', `${location.pathname}?${list}${query}`);
}

function keepEdit({ dataset: { item = '', field = '', original }, value }: HTMLInputElement): void {
  const { edits } = readPrivate();
  const { [field]: _before, ...others } = edits[item] ?? {};
  const own = value === original ? others : { ...others, [field]: value };
  const { [item]: _item, ...rest } = edits;
  changePrivate({ edits: Object.keys(own).length === 0 ? rest : { ...rest, [item]: own } });
}

function onSubmit(event: SubmitEvent): void {
  const form = event.target;
  if (!(form instanceof HTMLFormElement)) return;
  if (form.matches('[data-state], [data-edits]')) {
    event.preventDefault();
    if (form.matches('[data-state]')) showState(form);
    soon();
  } else if (form.matches('[data-add-person]')) {
    event.preventDefault();
    addPerson(form);
  } else if (form.matches('[data-look-up]')) {
    event.preventDefault();
    void refresh({
      to: form.getAttribute('action') + location.search,
      with: { person: form.dataset.lookUp ?? '' },
    });
  } else if (form.matches('[data-bench]')) {
    event.preventDefault();
    void runBench(form);
  }
}

function addPerson(form: HTMLFormElement): void {
  const data = new FormData(form);
  const id = String(data.get('id') ?? '').trim();
  if (id === '') return;
  const kind = data.get('kind') === 'device_id' ? 'device_id' : 'user_id';
  const { people } = readPrivate();
  const others = people.filter((person) => person.id !== id || person.kind !== kind);
  changePrivate({ people: [...others, { kind, id }] });
  form.reset();
  void refresh({ with: {} });
}

async function runBench(form: HTMLFormElement): Promise<void> {
  const busy = form.querySelector<HTMLElement>('[data-busy]');
  const button = form.querySelector('button');
  if (busy) busy.hidden = false;
  if (button) button.disabled = true;
  const fields = Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, String(value)]));
  await refresh({ to: form.getAttribute('action') + location.search, with: fields });
  if (busy) busy.hidden = true;
  if (button) button.disabled = false;
}

function onClick(event: MouseEvent): void {
  const target = event.target instanceof Element ? event.target : null;
  const away = target?.closest<HTMLElement>('[data-forget]');
  if (away) {
    const index = Number(away.dataset.person);
    changePrivate({ people: readPrivate().people.filter((_person, place) => place !== index) });
    void refresh({ with: {} });
  } else if (target?.closest('[data-reset-edits]')) {
    changePrivate({ edits: {} });
    void refresh({ with: {} });
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

function chooseFreeWidth(width: number): void {
  const free = document.querySelector<HTMLInputElement>('[data-free]');
  if (!free?.form || !(width >= 240 && width <= 1_200)) return;
  free.checked = true;
  free.value = String(width);
  showState(free.form);
}

/** Dragging the edge of one preview sizes all of them, and the width stands in the address. */
function watchDragging(): void {
  let dragged: HTMLElement | null = null;
  const sizeOthers = (): void => {
    if (!dragged) return;
    const width = Math.round(dragged.getBoundingClientRect().width);
    for (const stage of document.querySelectorAll<HTMLElement>('.panes [data-stage]')) {
      if (stage !== dragged) stage.style.width = `${width}px`;
      const frame = stage.querySelector('iframe');
      if (frame) frame.width = String(width);
    }
    const pixels = document.querySelector<HTMLInputElement>('[data-width]');
    if (pixels) pixels.value = String(width);
  };
  const observer = new ResizeObserver(sizeOthers);
  document.addEventListener('pointerdown', ({ target, offsetX, offsetY }) => {
    if (!(target instanceof HTMLElement) || !target.matches('[data-stage]')) return;
    // The corner with the handle; the rest of a stage is the frame in it.
    if (offsetX < target.offsetWidth - 24 || offsetY < target.offsetHeight - 24) return;
    dragged = target;
    target.dataset.sizing = '';
    observer.observe(target);
  });
  addEventListener('pointerup', () => {
    if (!dragged) return;
    observer.disconnect();
    const width = Math.round(dragged.getBoundingClientRect().width);
    delete dragged.dataset.sizing;
    dragged = null;
    chooseFreeWidth(Math.min(1_200, Math.max(240, width)));
    soon();
  });
}
