import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { spectralBands } from '#shared/domain/bands.ts';
import { seriesFeatures } from './table.ts';
import { featureNames } from './feature-names.ts';

interface Case {
  name: string;
  bands: Record<string, (number | null)[]>;
  features: number[] | null;
}
const vectors: { order: string[]; cases: Case[] } = JSON.parse(
  readFileSync(new URL('../testing/fixtures/vectors/features-v1.json', import.meta.url), 'utf8'),
);
const integers = new Set([39, 40, 41, 42, 46, 50].map((number) => number - 1));

test('the order of the features is the published one', () => {
  expect(featureNames).toEqual(vectors.order);
});

test.each(vectors.cases.map((vector) => [vector.name, vector] as const))('worked case %s', (_name, vector) => {
  const composites = Float32Array.from(spectralBands.flatMap((band) => vector.bands[band].map((v) => v ?? NaN)));
  const features = seriesFeatures(composites);
  if (vector.features === null) return expect(features).toBeNull();
  vector.features.forEach((expected, i) => {
    if (integers.has(i)) expect(features![i], featureNames[i]).toBe(expected);
    else expect(Math.abs(features![i] - expected), featureNames[i]).toBeLessThanOrEqual(1e-4);
  });
});
