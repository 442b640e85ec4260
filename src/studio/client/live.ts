import { refresh } from './refresh.ts';
import { tell } from './toast.ts';

/** Shows what changed in the templates folder as soon as the service has read it. */
export function startLive(): void {
  const events = new EventSource('/studio/events');
  let isLost = false;
  events.addEventListener('change', () => void refresh());
  events.addEventListener('open', () => {
    if (isLost) {
      tell('Inlay is back.');
      void refresh();
    }
    isLost = false;
  });
  events.addEventListener('error', () => {
    if (!isLost) tell('The connection to Inlay is lost; it comes back by itself.');
    isLost = true;
  });
  addEventListener('pagehide', () => events.close());
}
