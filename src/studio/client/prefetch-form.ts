import { refresh } from './refresh.ts';
import { tell } from './toast.ts';

// The form that starts a prefetch: the file goes to the service as it is, first to be measured, then to be looked up.

type OddRows = { readonly count: number; readonly first_lines: readonly number[] };

/** What the service says of a list that it has read. */
type Answer = {
  readonly id: string | null;
  readonly text: string;
  readonly warning: string;
  readonly audience: Readonly<Record<'duplicates' | 'blank' | 'impossible', OddRows>>;
};

const KNOWN_COLUMNS = ['user_id', 'device_id', 'external_id'];

export function startPrefetchForm(): void {
  document.addEventListener('submit', (event) => {
    const form = event.target;
    if (!(form instanceof HTMLFormElement)) return;
    if (form.matches('[data-prefetch]')) {
      event.preventDefault();
      void send(form, 'measure');
    } else if (form.matches('[data-wish]')) {
      event.preventDefault();
      void askFor(form);
    }
  });
  document.addEventListener('click', (event) => {
    const button = event.target instanceof Element ? event.target.closest('[data-start]') : null;
    const form = button?.closest('form');
    if (form) void send(form, 'start');
  });
  document.addEventListener('change', (event) => {
    const { target } = event;
    const form = target instanceof Element ? target.closest<HTMLFormElement>('[data-prefetch]') : null;
    if (!form) return;
    // What was measured is not what would be started any more.
    show(form, '[data-start], [data-estimate]', false);
    if (target instanceof HTMLInputElement && target.type === 'file')
      void offerColumns(form, target.files?.[0]);
  });
  for (const name of ['dragover', 'drop'] as const) document.addEventListener(name, onDrag);
}

function onDrag(event: DragEvent): void {
  const drop = event.target instanceof Element ? event.target.closest('[data-drop]') : null;
  if (!drop) return;
  event.preventDefault();
  const input = drop.querySelector('input');
  if (event.type !== 'drop' || !input || !event.dataTransfer?.files.length) return;
  input.files = event.dataTransfer.files;
  input.dispatchEvent(new Event('change', { bubbles: true }));
}

/** Asks which column is the person, where a plain table has none that is known. What is packed only the service reads. */
async function offerColumns(form: HTMLFormElement, file: File | undefined): Promise<void> {
  const select = form.querySelector<HTMLSelectElement>('[name="column"]');
  if (!select || !file) return;
  const name = form.querySelector('[data-drop] span');
  if (name) name.textContent = `${file.name}, ${sayBytes(file.size)}`;
  const columns = /\.(gz|zip|json|ndjson|jsonl)$/i.test(file.name) ? [] : await readColumns(file);
  const isNeeded = columns.length > 1 && !columns.some((one) => KNOWN_COLUMNS.includes(one.toLowerCase()));
  const options = columns.map((one) => new Option(one, one));
  select.replaceChildren(new Option('Choose', ''), ...options);
  select.required = isNeeded;
  show(form, '[data-column]', isNeeded);
}

async function readColumns(file: File): Promise<string[]> {
  const beginning = await file.slice(0, 16_384).text();
  const line = beginning.replace(/^\ufeff/, '').split(/\r?\n/)[0] ?? '';
  const separator = [',', ';', '\t'].find((one) => line.includes(one)) ?? ',';
  return line.split(separator).map((one) => one.trim().replace(/^"|"$/g, ''));
}

async function send(form: HTMLFormElement, purpose: 'measure' | 'start'): Promise<void> {
  const data = new FormData(form);
  const file = data.get('file');
  if (!(file instanceof File) || file.size === 0) return tell('Choose a file first.');
  const placements = data.getAll('placement').join(',');
  if (placements === '') return tell('Choose at least one placement.');
  const query = new URLSearchParams({ placement: placements, hold: String(data.get('hold')) });
  for (const name of ['campaign', 'column']) {
    const value = String(data.get(name) ?? '').trim();
    if (value !== '') query.set(name, value);
  }
  const sendAt = String(data.get('send_at') ?? '');
  // The field knows no zone; what was meant is the reader's own.
  if (sendAt !== '') query.set('send_at', new Date(sendAt).toISOString());
  if (purpose === 'measure') query.set('dry_run', '1');
  setBusy(form, true);
  try {
    const answer = await upload(`/v1/prefetches?${query}`, file, form);
    if (purpose === 'start' && answer.id !== null) location.assign(`/studio/prefetches/${answer.id}`);
    else showEstimate(form, answer);
  } catch (error) {
    showFault(form, error instanceof Error ? error.message : 'This did not work.');
  } finally {
    setBusy(form, false);
  }
}

/** `fetch` does not tell how much has been sent. */
function upload(url: string, file: File, form: HTMLFormElement): Promise<Answer> {
  const progress = form.querySelector<HTMLProgressElement>('[data-sent]');
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('POST', url);
    request.responseType = 'json';
    request.upload.addEventListener('progress', ({ loaded, total }) => {
      if (progress) progress.value = total === 0 ? 1 : loaded / total;
    });
    request.addEventListener('error', () => reject(new Error('Inlay does not answer. Nothing was started.')));
    request.addEventListener('load', () => {
      if (request.status < 300) resolve(request.response as Answer);
      else reject(new Error(request.response?.detail ?? `Inlay answered ${request.status}.`));
    });
    request.send(file);
  });
}

function showEstimate(form: HTMLFormElement, { text, audience }: Answer): void {
  const box = form.querySelector('[data-estimate]');
  if (!box) return;
  const odd = [
    sayOdd(audience.duplicates, 'duplicate', 'duplicates'),
    sayOdd(audience.blank, 'blank id', 'blank ids'),
    sayOdd(audience.impossible, 'id that cannot be one', 'ids that cannot be one'),
  ].filter((one) => one !== '');
  const paragraph = document.createElement('p');
  const strong = document.createElement('b');
  strong.textContent = text;
  paragraph.append(strong);
  const rest = document.createElement('p');
  rest.textContent = odd.length === 0 ? 'Nothing in the file was odd.' : `Left out: ${odd.join(', ')}.`;
  box.replaceChildren(paragraph, rest);
  box.className = 'alert note';
  show(form, '[data-estimate], [data-start]', true);
}

function showFault(form: HTMLFormElement, text: string): void {
  const box = form.querySelector('[data-estimate]');
  if (!box) return;
  box.textContent = text;
  box.className = 'alert problem';
  show(form, '[data-estimate]', true);
  show(form, '[data-start]', false);
}

function sayOdd({ count, first_lines: lines }: OddRows, one: string, many: string): string {
  if (count === 0) return '';
  const where = lines.length === 0 ? '' : ` (line ${lines.join(', ')}${count > lines.length ? ', …' : ''})`;
  return `${count.toLocaleString()} ${count === 1 ? one : many}${where}`;
}

function sayBytes(bytes: number): string {
  return bytes < 1_000_000 ? `${Math.ceil(bytes / 1_000)} KB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}

function setBusy(form: HTMLFormElement, isBusy: boolean): void {
  show(form, '[data-busy], [data-sent]', isBusy);
  for (const button of form.querySelectorAll('button')) button.disabled = isBusy;
}

function show(form: HTMLElement, selector: string, isShown: boolean): void {
  for (const element of form.querySelectorAll<HTMLElement>(selector)) element.hidden = !isShown;
}

/** Pause, resume, cancel. */
async function askFor(form: HTMLFormElement): Promise<void> {
  await refresh({ to: form.action, with: {} });
}
