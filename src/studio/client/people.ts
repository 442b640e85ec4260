import { changePrivate, readPrivate } from './private-state.ts';
import { refresh } from './refresh.ts';
import { tell } from './toast.ts';

/** The service shows no more at once. */
const MAX_PEOPLE = 6;

/** Real people: shown as far as they are stored, and looked up where somebody says so. */
export function startPeople(): void {
  document.addEventListener('submit', (event) => {
    const form = event.target;
    if (!(form instanceof HTMLFormElement)) return;
    if (form.matches('[data-add-person]')) {
      event.preventDefault();
      void addPerson(form);
    } else if (form.matches('[data-look-up]')) {
      event.preventDefault();
      void lookUp(form);
    }
  });
  document.addEventListener('click', (event) => {
    const target = event.target instanceof Element ? event.target : null;
    const away = target?.closest<HTMLElement>('[data-forget]');
    if (away) takeAway(Number(away.dataset.forget));
    const link = target?.closest<HTMLElement>('[data-reveal]');
    if (link && reveal(link.dataset.reveal ?? '')) event.preventDefault();
  });
}

async function addPerson(form: HTMLFormElement): Promise<void> {
  const data = new FormData(form);
  const id = String(data.get('id') ?? '').trim();
  if (id === '') return;
  const kind = data.get('kind') === 'device_id' ? 'device_id' : 'user_id';
  const { people } = readPrivate();
  const others = people.filter((person) => person.id !== id || person.kind !== kind);
  if (others.length >= MAX_PEOPLE) {
    tell(`At most ${MAX_PEOPLE} people are shown at once: take somebody away first.`);
    return;
  }
  changePrivate({ people: [...others, { kind, id }] });
  form.reset();
  await refresh({ with: {} });
  const pane = document.getElementById(`pane-person-${others.length + 1}`);
  pane?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
}

async function lookUp(form: HTMLFormElement): Promise<void> {
  const button = form.querySelector('button');
  // Once is meant, however often it is pressed.
  if (!button || button.disabled) return;
  button.disabled = true;
  await refresh({ to: form.action, with: { person: form.dataset.lookUp ?? '' } });
  button.disabled = false;
}

function takeAway(index: number): void {
  changePrivate({ people: readPrivate().people.filter((_person, place) => place !== index) });
  void refresh({ with: {} });
}

/** Opens what holds a field, and goes there. */
function reveal(id: string): boolean {
  const field = document.getElementById(id);
  const details = field?.closest('details');
  if (!field || !details) return false;
  details.open = true;
  field.focus();
  return true;
}
