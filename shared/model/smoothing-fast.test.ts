import { describe, expect, test } from 'vitest';
import type { Smoothing } from './model-manifest.ts';
import { smoothFast } from './smoothing-fast.ts';
import { smoothPlainly } from './smoothing-plain.ts';
import type { ProbabilityPlane } from './smoothing-plane.ts';

/** A small generator: 0 <= x < 1. */
function dice(seed: number): () => number {
  let state = seed;
  return () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
}

/** Probabilities of which `missing` of the pixels have none; `sharpness` 0 makes all of them alike. */
function plane(width: number, height: number, classes: number, missing: number, sharpness: number): ProbabilityPlane {
  const next = dice(7 * width + classes);
  const values = new Float32Array(width * height * classes).fill(NaN);
  for (let at = 0; at < values.length; at += classes) {
    const raw = Array.from({ length: classes }, () => Math.exp(sharpness * (next() - 0.5)));
    const sum = raw.reduce((a, b) => a + b, 0);
    if (next() >= missing) raw.forEach((value, k) => (values[at + k] = value / sum));
  }
  return { width, height, classes, values };
}

/** The largest difference between the two, infinite where one of them has a value alone. */
function worstOf(input: ProbabilityPlane, smoothing: Smoothing): number {
  const [fast, plain] = [smoothFast(input, smoothing), smoothPlainly(input, smoothing)];
  expect(fast.length).toBe(plain.length);
  return plain.reduce((largest, value, i) => {
    if (Number.isNaN(value) && Number.isNaN(fast[i])) return largest;
    const difference = Math.abs(value - fast[i]);
    return Number.isNaN(difference) ? Infinity : Math.max(largest, difference);
  }, 0);
}

describe('the kernel gives what the plain version gives', () => {
  test.each([
    ['ordinary', 150, 40, 7, 0, 6, 7, 0.5],
    ['a few pixels missing', 150, 40, 7, 0.02, 6, 7, 0.5],
    ['most pixels missing', 130, 30, 5, 0.9, 6, 7, 0.5],
    ['no pixel at all', 20, 10, 3, 1, 6, 7, 0.5],
    ['certain, beyond what is told apart', 70, 30, 4, 0.1, 60, 7, 0.5],
    ['ties everywhere', 70, 30, 4, 0.1, 0, 7, 0.5],
    ['smaller than its window', 3, 2, 2, 0, 6, 7, 0.5],
    ['one pixel', 1, 1, 2, 0, 6, 7, 0.5],
    ['all logits count', 40, 20, 3, 0.1, 6, 7, 1],
    ['only the highest counts', 40, 20, 3, 0.1, 6, 7, 0.001],
    ['window 5, two thirds', 131, 20, 13, 0.1, 6, 5, 0.66],
    ['window 3', 129, 20, 2, 0.1, 6, 3, 0.5],
  ])('%s', (_name, width, height, classes, missing, sharpness, window, fraction) => {
    const input = plane(width, height, classes, missing, sharpness);
    expect(worstOf(input, { method: 'smooth-v1', window, smoothness: 20, fraction })).toBeLessThan(5e-7);
  });

  test.each([3, 5, 7])('every hundredth of windows of %i with any number of pixels', (window) => {
    const input = plane(100, 16, 2, 0, 6);
    const next = dice(window);
    for (let at = 0; at < 1600; at++) if (next() < (at % 100) / 100) input.values.fill(NaN, 2 * at, 2 * at + 2);
    const wrong = [];
    for (let fraction = 0.01; fraction <= 1; fraction = Math.round(100 * fraction + 1) / 100)
      if (worstOf(input, { method: 'smooth-v1', window, smoothness: 20, fraction }) >= 5e-7) wrong.push(fraction);
    expect(wrong).toEqual([]);
  });
});
