import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { smoothProbabilities } from './smoothing.ts';

interface Case {
  name: string;
  window: number;
  smoothness: number;
  fraction: number;
  probabilities: (number[] | null)[][];
  expected: (number[] | null)[][];
}
const { cases }: { cases: Case[] } = JSON.parse(
  readFileSync(new URL('../testing/fixtures/vectors/smooth-v1.json', import.meta.url), 'utf8'),
);

test.each(cases.map((vector) => [vector.name, vector] as const))('worked case %s', (_name, vector) => {
  const { probabilities, expected, ...settings } = vector;
  const classes = probabilities.flat().find((pixel) => pixel !== null)!.length;
  const flat = (rows: (number[] | null)[][]) => rows.flat().flatMap((pixel) => pixel ?? Array(classes).fill(NaN));
  const plane = { width: probabilities[0].length, height: probabilities.length, classes };
  const actual = smoothProbabilities(
    { ...plane, values: Float32Array.from(flat(probabilities)) },
    { method: 'smooth-v1', ...settings },
  );
  flat(expected).forEach((value, i) => {
    if (Number.isNaN(value)) expect(actual[i]).toBeNaN();
    else expect(Math.abs(actual[i] - value)).toBeLessThanOrEqual(1e-6);
  });
});
