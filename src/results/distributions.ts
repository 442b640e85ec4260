import { incompleteBeta, upperGamma } from './gamma.ts';

/** The chance that a t of so many degrees of freedom lies at least as far from 0, on either side. */
export function studentTails(t: number, freedom: number): number {
  const square = t * t;
  const whole = freedom + square;
  return incompleteBeta(freedom / whole, square / whole, freedom / 2, 0.5);
}

/** Halvings of the range in which the quantile lies: down to the last digit. */
const HALVINGS = 200;
const FARTHEST = 1e9;

/** The t whose two tails together have this chance. */
export function studentQuantile(tails: number, freedom: number): number {
  let [low, high] = [0, FARTHEST];
  for (let step = 0; step < HALVINGS; step += 1) {
    const middle = (low + high) / 2;
    if (middle <= low || middle >= high) break;
    if (studentTails(middle, freedom) > tails) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** The chance of a chi-square of so many degrees of freedom that is at least as large. */
export function chiSquareTail(chiSquare: number, freedom: number): number {
  return upperGamma(freedom / 2, chiSquare / 2);
}
