import { hasBenchResults, runBench } from './bench.ts';
import { isRefreshing, refresh } from './refresh.ts';
import { tell } from './toast.ts';

const RECONNECT_MS = 3_000;
const SECOND_MS = 1_000;

let events: EventSource | null = null;
let isLost = false;

/**
 * Shows what changed in the templates folder as soon as the service has read it, and elsewhere what is counted every
 * few seconds. Only while somebody sees the page: browsers have few connections for all tabs together.
 */
export function startLive(): void {
  if (isSeen()) connect();
  document.addEventListener('visibilitychange', () => {
    if (isSeen()) comeBack();
    else disconnect();
  });
  addEventListener('pagehide', disconnect);
  addEventListener('pageshow', ({ persisted }) => {
    if (persisted) comeBack();
  });
  watchCounts();
}

function isSeen(): boolean {
  return document.visibilityState === 'visible';
}

function comeBack(): void {
  connect();
  void refresh();
}

function disconnect(): void {
  events?.close();
  events = null;
}

function connect(): void {
  disconnect();
  const own = new EventSource('/studio/events');
  events = own;
  own.addEventListener('change', () => void (hasBenchResults() ? runBench() : refresh()));
  own.addEventListener('open', () => {
    if (isLost) void refresh().then(() => tell('Inlay is back.'));
    isLost = false;
  });
  own.addEventListener('error', () => {
    if (events !== own) return;
    isLost = true;
    tell('The connection to Inlay is lost; it comes back by itself.', { isLasting: true });
    // The error page of a proxy ends the stream for good.
    const reconnect = (): void => {
      if (events === own) connect();
    };
    if (own.readyState === EventSource.CLOSED) setTimeout(reconnect, RECONNECT_MS);
  });
}

/** A page of figures says after how many seconds it wants to be looked at again. */
function watchCounts(): void {
  let shownAt = Date.now();
  setInterval(() => {
    const every = Number(document.querySelector<HTMLElement>('main')?.dataset.every);
    const isDue = every > 0 && Date.now() - shownAt >= every * SECOND_MS;
    if (!isDue || !isSeen() || isLost || isRefreshing()) return;
    shownAt = Date.now();
    void refresh();
  }, SECOND_MS);
}
