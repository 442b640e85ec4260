import { nearestName } from '../nearest-name.ts';

/** What to add to a message about a word that is not known. */
export function meant(word: string, known: Iterable<string>): string {
  const near = nearestName(word, known);
  return near === null ? '' : ` Is ${near} meant?`;
}
