import { startBench } from './bench.ts';
import { startCopying } from './copy.ts';
import { startFiltering } from './filter.ts';
import { fillFrames } from './frames.ts';
import { startLive } from './live.ts';
import { startPeople } from './people.ts';
import { startPrefetchForm } from './prefetch-form.ts';
import { startPreview } from './preview.ts';
import { hasPrivate, isPrivatePage } from './private-state.ts';
import { onRefreshed, refresh } from './refresh.ts';
import { startSizing } from './sizing.ts';
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
startSizing();
startPeople();
startBench();
startLive();
prepare();
// What is kept in this tab alone is not in the page as it came.
if (isPrivatePage() && hasPrivate()) void refresh();
document.documentElement.dataset.ready = '';
