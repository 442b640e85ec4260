/** Shares of answers by the reason of a fallback, 0…1; null if there were no answers. `reasons` counts all of them. */
export function sharesOfFallbacks(
  reasons: Readonly<Record<string, number>>,
): Readonly<Record<string, number>> | null {
  const total = Object.values(reasons).reduce((sum, count) => sum + count, 0);
  if (total === 0) return null;
  const fallbacks = Object.entries(reasons).filter(
    ([reason]) => reason !== 'recommended' && reason !== 'control',
  );
  return Object.fromEntries(fallbacks.map(([reason, count]) => [reason, count / total]));
}
