import type { FilterImplOptions, Liquid } from 'liquidjs';
import { BRAZE_FILTERS, UNLISTED_FILTERS } from './filter-names.ts';
import { HASH_FILTERS } from './filters-hashes.ts';
import { NUMBER_FILTERS } from './filters-numbers.ts';
import { TEXT_FILTERS } from './filters-text.ts';
import { TIME_FILTERS } from './filters-time.ts';
import { checkSize } from './printed.ts';

type Handler = Extract<FilterImplOptions, (...args: never[]) => unknown>;

const OWN: Readonly<Record<string, Handler>> = {
  ...TEXT_FILTERS,
  ...NUMBER_FILTERS,
  ...HASH_FILTERS,
  ...TIME_FILTERS,
};

/** Leaves the filters that Braze has, as Braze has them, none of which takes or gives more than `most` characters. */
export function setFilters(liquid: Liquid, most: number): void {
  for (const name of Object.keys(liquid.filters)) {
    const handler = liquid.filters[name];
    liquid.unregisterFilter(name);
    if (!BRAZE_FILTERS.has(name) && !UNLISTED_FILTERS.has(name)) continue;
    if (typeof handler === 'function') liquid.registerFilter(name, bounded(handler, most));
  }
  for (const [name, handler] of Object.entries(OWN)) liquid.registerFilter(name, bounded(handler, most));
}

function bounded(handler: Handler, most: number): Handler {
  // As a generator, since some of Liquid's own are.
  return function* (value: unknown, ...args: unknown[]): Generator<unknown, unknown, unknown> {
    checkSize(value, most);
    checkSize(args, most);
    const result = yield handler.call(this, value, ...args);
    checkSize(result, most);
    this.context.memoryLimit.use(typeof result === 'string' ? result.length : 1);
    return result;
  };
}
