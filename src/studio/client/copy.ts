import { tell } from './toast.ts';

/** Every button that copies what it names: a text of its own, or that of another part of the page. */
export function startCopying(): void {
  document.addEventListener('click', (event) => {
    const button = event.target instanceof Element ? event.target.closest('button.copy') : null;
    if (button instanceof HTMLButtonElement) void copy(textFor(button));
  });
  document.addEventListener('followed', (event) => {
    const href = (event as CustomEvent<string>).detail;
    tell(href === '' ? 'This link leads nowhere.' : `In a message this leads to ${href}`);
  });
}

function textFor({ dataset: { copy: own, copyOf = '' } }: HTMLButtonElement): string {
  if (own !== undefined) return own;
  const part = document.getElementById(copyOf);
  const lines = [...(part?.querySelectorAll('li') ?? [])].map(({ textContent }) => textContent);
  return lines.length > 0 ? lines.join('\n') : (part?.textContent ?? '');
}

async function copy(text: string): Promise<void> {
  // Browsers allow the first over https and on this machine alone.
  const isCopied = await navigator.clipboard?.writeText(text).then(
    () => true,
    () => false,
  );
  const isDone = isCopied || copyBySelection(text);
  tell(isDone ? 'Copied.' : 'The browser does not let Studio copy: select the text and copy it.');
}

function copyBySelection(text: string): boolean {
  const focused = document.activeElement;
  const area = document.createElement('textarea');
  area.value = text;
  area.className = 'offscreen';
  document.body.append(area);
  area.select();
  const isCopied = document.execCommand('copy');
  area.remove();
  if (focused instanceof HTMLElement) focused.focus();
  return isCopied;
}
