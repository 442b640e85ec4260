/** The name that somebody most likely meant, or null if none is near: at most two letters differ, or one in short names. */
export function nearestName(written: string, names: readonly string[]): string | null {
  const near = names
    // Whoever writes far more or fewer letters means something else, and need not be compared.
    .filter((name) => Math.abs(name.length - written.length) <= mostOf(name))
    .map((name) => ({ name, distance: distanceBetween(written.toLowerCase(), name) }))
    .filter(({ name, distance }) => distance <= mostOf(name))
    .sort((a, b) => a.distance - b.distance);
  return near[0]?.name ?? null;
}

/** How many letters of a name may differ. */
function mostOf({ length }: string): number {
  return length < 5 ? 1 : 2;
}

/** Levenshtein's: letters put in, taken out or changed. */
function distanceBetween(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1];
    for (const [j, other] of [...b].entries()) {
      const changed = (row[j] ?? 0) + (letter === other ? 0 : 1);
      next.push(Math.min(changed, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
