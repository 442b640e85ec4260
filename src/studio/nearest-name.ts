/**
 * The name that was probably meant, whatever its case; null if none is near. A third of the letters may be wrong, but never
 * more than two.
 */
export function nearestName(written: string, names: Iterable<string>): string | null {
  const word = written.toLowerCase();
  let best: string | null = null;
  let least = Math.min(2, Math.floor(word.length / 3)) + 1;
  for (const name of names) {
    const distance = distanceBetween(word, name.toLowerCase(), least);
    if (distance < least) [best, least] = [name, distance];
  }
  return best;
}

/** How many letters are wrong, two that changed places counting as one; anything from `limit` on counts as `limit`. */
function distanceBetween(one: string, other: string, limit: number): number {
  if (Math.abs(one.length - other.length) >= limit) return limit;
  let beforeLast: number[] = [];
  let last = Array.from({ length: other.length + 1 }, (_, column) => column);
  for (let row = 1; row <= one.length; row += 1) {
    const next = [row];
    for (let column = 1; column <= other.length; column += 1) {
      const isSame = one[row - 1] === other[column - 1];
      const isSwapped = one[row - 1] === other[column - 2] && one[row - 2] === other[column - 1];
      next[column] = Math.min(
        at(last, column - 1) + (isSame ? 0 : 1),
        at(last, column) + 1,
        at(next, column - 1) + 1,
        isSwapped ? at(beforeLast, column - 2) + 1 : Number.POSITIVE_INFINITY,
      );
    }
    [beforeLast, last] = [last, next];
  }
  return Math.min(limit, at(last, other.length));
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? Number.POSITIVE_INFINITY;
}
