/** Lanczos's approximation with g = 7 and nine terms: relative error about 1e-15. */
const LANCZOS = [
  676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059, 12.507343278686905,
  -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
];
const LANCZOS_FIRST = 0.99999999999980993;

/** From here on Stirling's series is exact to the last digit. */
const LARGE = 20;

const EPSILON = 1e-16;
const TINY = 1e-300;
const MAX_STEPS = 10_000;

/** ln Γ(z) for z > 0. */
export function lnGamma(z: number): number {
  const sum = LANCZOS.reduce((total, term, index) => total + term / (z + index), LANCZOS_FIRST);
  const base = z + 6.5;
  return (z - 0.5) * Math.log(base) - base + Math.log(Math.sqrt(2 * Math.PI) * sum);
}

/** ln B(a, b). For large a, ln Γ(a + b) − ln Γ(a) as such would lose half of its digits. */
export function lnBeta(a: number, b: number): number {
  const [small, large] = a < b ? [a, b] : [b, a];
  if (large < LARGE) return lnGamma(a) + lnGamma(b) - lnGamma(a + b);
  const sum = small + large;
  const difference =
    (large - 0.5) * Math.log1p(small / large) +
    small * Math.log(sum) -
    small +
    stirlingRest(sum) -
    stirlingRest(large);
  return lnGamma(small) - difference;
}

function stirlingRest(z: number): number {
  const square = z * z;
  return (1 / 12 - (1 / 360 - (1 / 1260 - 1 / (1680 * square)) / square) / square) / z;
}

/**
 * The regularised incomplete beta function I_x(a, b) by its continued fraction (Abramowitz and Stegun 26.5.8), on the
 * side where that converges. `rest` is 1 − x, exact where x is close to 1.
 */
export function incompleteBeta(x: number, rest: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (rest <= 0) return 1;
  // Whichever of the two is close to 1 has its digits in the other.
  const lnX = rest < 0.5 ? Math.log1p(-rest) : Math.log(x);
  const lnRest = x < 0.5 ? Math.log1p(-x) : Math.log(rest);
  const front = Math.exp(a * lnX + b * lnRest - lnBeta(a, b));
  return x < (a + 1) / (a + b + 2)
    ? (front * betaFraction(x, a, b)) / a
    : 1 - (front * betaFraction(rest, b, a)) / b;
}

/** Lentz's method. */
function betaFraction(x: number, a: number, b: number): number {
  let c = 1;
  let d = 1 / awayFromZero(1 - ((a + b) * x) / (a + 1));
  let value = d;
  for (let m = 1; m <= MAX_STEPS; m += 1) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    const before = value;
    for (const coefficient of [even, odd]) {
      d = 1 / awayFromZero(1 + coefficient * d);
      c = awayFromZero(1 + coefficient / c);
      value *= d * c;
    }
    if (Math.abs(value - before) <= EPSILON * Math.abs(value)) break;
  }
  return value;
}

function awayFromZero(value: number): number {
  return Math.abs(value) < TINY ? TINY : value;
}

/** The regularised upper incomplete gamma function Q(a, x): its series for small x, its continued fraction for large. */
export function upperGamma(a: number, x: number): number {
  if (x <= 0) return 1;
  const front = Math.exp(a * Math.log(x) - x - lnGamma(a));
  return x < a + 1 ? 1 - front * gammaSeries(a, x) : front * gammaFraction(a, x);
}

function gammaSeries(a: number, x: number): number {
  let term = 1 / a;
  let sum = term;
  for (let n = 1; n <= MAX_STEPS && term > EPSILON * sum; n += 1) {
    term *= x / (a + n);
    sum += term;
  }
  return sum;
}

function gammaFraction(a: number, x: number): number {
  let b = x + 1 - a;
  let c = 1 / TINY;
  let d = 1 / awayFromZero(b);
  let value = d;
  for (let n = 1; n <= MAX_STEPS; n += 1) {
    const coefficient = n * (a - n);
    b += 2;
    d = 1 / awayFromZero(b + coefficient * d);
    c = awayFromZero(b + coefficient / c);
    const before = value;
    value *= d * c;
    if (Math.abs(value - before) <= EPSILON * Math.abs(value)) break;
  }
  return value;
}
