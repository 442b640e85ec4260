/** The word that was probably meant; null if none is near. */
export function nearest(word: string, known: Iterable<string>): string | null {
  let best: string | null = null;
  // A third of the word may be wrong, but never more than two letters.
  let least = Math.min(2, Math.floor(word.length / 3)) + 1;
  for (const candidate of known) {
    const distance = distanceBetween(word, candidate, least);
    if (distance < least) [best, least] = [candidate, distance];
  }
  return best;
}

export function meant(word: string, known: Iterable<string>): string {
  const near = nearest(word, known);
  return near === null ? '' : ` Is ${near} meant?`;
}

/** How many letters differ (Levenshtein); anything from `limit` on counts as `limit`. */
function distanceBetween(one: string, other: string, limit: number): number {
  if (Math.abs(one.length - other.length) >= limit) return limit;
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (const [rowIndex, letter] of [...one].entries()) {
    const next = [rowIndex + 1];
    for (const [index, otherLetter] of [...other].entries()) {
      const replaced = (row[index] ?? limit) + (letter === otherLetter ? 0 : 1);
      next.push(Math.min(replaced, (row[index + 1] ?? limit) + 1, (next[index] ?? limit) + 1));
    }
    row = next;
  }
  return Math.min(limit, row[other.length] ?? limit);
}
