import { tell } from './toast.ts';

/** Every button that copies what it names. */
export function startCopying(): void {
  document.addEventListener('click', (event) => {
    const button = event.target instanceof Element ? event.target.closest<HTMLElement>('[data-copy]') : null;
    if (button) void copy(button.dataset.copy ?? '');
  });
  document.addEventListener('followed', (event) => {
    tell(`In a message this leads to ${(event as CustomEvent<string>).detail}`);
  });
}

async function copy(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    tell('Copied.');
  } catch {
    // Browsers allow it over https and on this machine alone.
    tell(
      copyBySelection(text)
        ? 'Copied.'
        : 'The browser does not let Studio copy: select the text and copy it.',
    );
  }
}

function copyBySelection(text: string): boolean {
  const area = document.createElement('textarea');
  area.value = text;
  area.className = 'offscreen';
  document.body.append(area);
  area.select();
  const isCopied = document.execCommand('copy');
  area.remove();
  return isCopied;
}
