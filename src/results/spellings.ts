import { DAY_MS } from '../domain/day.ts';
import type { Placement } from '../domain/placement.ts';
import type { Spelling } from './arms.ts';
import type { Dashboard } from './dashboard.ts';
import { createMemo, type ResultsStore } from './memo.ts';

/** How a project's events spell true and false, once it has been found out. */
export type Spellings = {
  readonly recall: (placement: Placement) => Promise<Spelling | null>;
  readonly remember: (placement: Placement, spelling: Spelling) => Promise<void>;
};

const KEEP_MS = 90 * DAY_MS;

export function createSpellings(
  store: ResultsStore,
  { identityOf }: Pick<Dashboard, 'identityOf'>,
): Spellings {
  const memo = createMemo(store, '=results spelling\n');
  const keyOf = ({ project, results }: Placement): string =>
    JSON.stringify([identityOf(project), results.exposureEvent, results.controlProperty]);
  return {
    recall: async (placement) => {
      const text = await memo.read(keyOf(placement));
      return text === 'lower' || text === 'capital' ? text : null;
    },
    remember: (placement, spelling) => memo.write(keyOf(placement), spelling, KEEP_MS),
  };
}
