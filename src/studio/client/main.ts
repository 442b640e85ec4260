import { startCopying } from './copy.ts';
import { startFiltering } from './filter.ts';
import { fillFrames } from './frames.ts';
import { startLive } from './live.ts';
import { startPrefetchForm } from './prefetch-form.ts';
import { startPreview } from './preview.ts';
import { onRefreshed, refresh } from './refresh.ts';
import { localizeTimes } from './times.ts';

/** What has to be done whenever the page is new, or parts of it are. */
function prepare(): void {
  fillFrames();
  localizeTimes();
}

onRefreshed(prepare);
startCopying();
startFiltering();
startPreview();
startPrefetchForm();
startLive();
prepare();
// What is kept in this tab alone is not in the page as it came.
if (document.querySelector('[data-state]')) void refresh({ onlyIfPrivate: true });
document.documentElement.dataset.ready = '';
