import { describe, expect, it } from 'vitest';
import { chiSquareTail, studentQuantile, studentTails } from '../../src/results/distributions.ts';
import { incompleteBeta, lnBeta, lnGamma, upperGamma } from '../../src/results/gamma.ts';

// Critical values: NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.6.7.2 (t) and 1.3.6.7.4 (chi-square), with more
// digits from Abramowitz and Stegun's tables 26.10 and 26.8.

describe("Student's t", () => {
  it.each([
    [1, 12.706205],
    [2, 4.302653],
    [5, 2.570582],
    [10, 2.228139],
    [29, 2.04523],
    [60, 2.000298],
    [120, 1.97993],
    [1e6, 1.959966],
    [1e9, 1.959964],
  ])('of %d degrees of freedom has 5 %% of its tails beyond %d', (freedom, t) => {
    expect(studentTails(t, freedom)).toBeCloseTo(0.05, 6);
    expect(studentTails(-t, freedom)).toBe(studentTails(t, freedom));
    expect(studentQuantile(0.05, freedom)).toBeCloseTo(t, 5);
  });

  it.each([
    [1, 63.656741],
    [10, 3.169273],
    [100, 2.625891],
  ])('of %d degrees of freedom has 1 %% of its tails beyond %d', (freedom, t) => {
    expect(studentTails(t, freedom)).toBeCloseTo(0.01, 7);
    expect(studentQuantile(0.01, freedom)).toBeCloseTo(t, 5);
  });

  it('with one degree of freedom is Cauchy’s, with two has a closed form', () => {
    for (const t of [0.01, 0.5, 1, 3, 40, 1e6]) {
      // Far out, 1 − 2·atan(t)/π would lose its digits; atan(1/t) keeps them.
      expect(studentTails(t, 1) / ((2 * Math.atan(1 / t)) / Math.PI)).toBeCloseTo(1, 10);
      expect(studentTails(t, 2) / (1 - t / Math.sqrt(2 + t * t))).toBeCloseTo(1, t > 1e3 ? 3 : 9);
    }
  });

  it('is 1 at 0 and falls without end', () => {
    expect(studentTails(0, 7)).toBe(1);
    const tails = [0.1, 1, 2, 5, 10, 30].map((t) => studentTails(t, 1_000));
    expect(tails).toEqual([...tails].sort((a, b) => b - a));
    expect(studentTails(30, 1_000)).toBeGreaterThan(0);
  });

  it('keeps its digits with as many people as there are', () => {
    // 2·(1 − Φ(5)) = 5.733031437e-7, and a little more for finite degrees of freedom.
    expect(studentTails(5, 1e8) / 5.733031437e-7).toBeCloseTo(1, 4);
    expect(studentTails(5, 1e10) / 5.733031437e-7).toBeCloseTo(1, 6);
  });
});

describe('chi-square', () => {
  it.each([
    [1, 3.841459, 0.05],
    [1, 6.634897, 0.01],
    [1, 10.827566, 0.001],
    [1, 0.0039321, 0.95],
    [2, 5.991465, 0.05],
    [10, 18.307038, 0.05],
    [100, 124.342113, 0.05],
  ])('of %d degrees of freedom lies beyond %d with a chance of %d', (freedom, chiSquare, chance) => {
    expect(chiSquareTail(chiSquare, freedom)).toBeCloseTo(chance, 6);
  });

  it('with two degrees of freedom is exponential', () => {
    for (const x of [0, 0.5, 3, 50, 300]) {
      expect(chiSquareTail(x, 2) / Math.exp(-x / 2)).toBeCloseTo(1, 10);
    }
  });
});

describe('the functions below', () => {
  it('know factorials and the root of π', () => {
    expect(lnGamma(1)).toBeCloseTo(0, 13);
    expect(lnGamma(11)).toBeCloseTo(Math.log(3_628_800), 12);
    expect(lnGamma(0.5)).toBeCloseTo(Math.log(Math.sqrt(Math.PI)), 13);
    expect(lnBeta(3, 4)).toBeCloseTo(Math.log(1 / 60), 13);
    // On both sides of the place where another formula takes over.
    for (const a of [19.9, 20.1]) {
      expect(lnBeta(a, 0.5)).toBeCloseTo(lnGamma(a) + lnGamma(0.5) - lnGamma(a + 0.5), 12);
    }
  });

  it('agree at their ends and mirror each other', () => {
    expect(incompleteBeta(0, 1, 2, 3)).toBe(0);
    expect(incompleteBeta(1, 0, 2, 3)).toBe(1);
    for (const x of [0.1, 0.5, 0.9]) {
      expect(incompleteBeta(x, 1 - x, 2.5, 7) + incompleteBeta(1 - x, x, 7, 2.5)).toBeCloseTo(1, 13);
      expect(incompleteBeta(x, 1 - x, 1, 1)).toBeCloseTo(x, 13);
    }
    expect(upperGamma(1, 0)).toBe(1);
  });
});
