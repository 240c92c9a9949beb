import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, test } from 'vitest';
import { featureCount } from '#shared/features/feature-names.ts';
import { boxesToMultiPolygon, manifestOf, proveBundle } from './bundle.ts';
import { temperate, tiny } from './temperate/definition.ts';

const bundles = {
  temperate: fileURLToPath(new URL('../../samples/models/temperate/', import.meta.url)),
  tiny: fileURLToPath(new URL('../../shared/testing/fixtures/models/tiny/', import.meta.url)),
};

interface Samples {
  kinds: string[];
  rows: number[][];
  expected: number[][];
  members: { file: string; expected: number[][] }[];
}

const argmax = (values: readonly number[]) => values.indexOf(Math.max(...values));
const readSamples = async (folder: string): Promise<Samples> =>
  JSON.parse(await readFile(`${folder}samples.json`, 'utf8'));

async function probabilities(path: string, rows: number[][]): Promise<number[][]> {
  const session = await InferenceSession.create(path, { intraOpNumThreads: 1, interOpNumThreads: 1 });
  const input = new Tensor('float32', Float32Array.from(rows.flat()), [rows.length, featureCount]);
  const flat = Array.from((await session.run({ input }, ['probabilities'])).probabilities.data as Float32Array);
  await session.release();
  const width = flat.length / rows.length;
  return rows.map((_, row) => flat.slice(row * width, (row + 1) * width));
}

describe.each(Object.entries(bundles))('the committed bundle %s', (_, folder) => {
  test('passes the loader of the product', async () => {
    expect(await proveBundle(folder)).toBeLessThanOrEqual(1e-6);
  });

  test('answers as each library did, on real rows and on thresholds', async () => {
    const { kinds, rows, members } = await readSamples(folder);
    expect(new Set(kinds)).toEqual(new Set(['real', 'threshold']));
    expect(members.map(({ file }) => file)).toEqual(['xgboost.onnx', 'lightgbm.onnx', 'catboost.onnx']);
    for (const { file, expected } of members) {
      const found = await probabilities(`${folder}${file}`, rows);
      const differences = found.flatMap((row, i) => row.map((value, j) => Math.abs(value - expected[i][j])));
      expect(Math.max(...differences), file).toBeLessThanOrEqual(1e-6);
      expect(found.map(argmax), file).toEqual(expected.map(argmax));
    }
  });

  test('has in its expectations the mean of the members', async () => {
    const { expected, members } = await readSamples(folder);
    const differences = expected.flatMap((row, i) =>
      row.map((value, j) => Math.abs(value - members.reduce((sum, m) => sum + m.expected[i][j], 0) / 3)),
    );
    expect(Math.max(...differences)).toBeLessThan(1e-8);
  });
});

test.each([temperate, tiny])('the committed model.json of $name is that of its definition', async (model) => {
  const committed = JSON.parse(await readFile(`${bundles[model.name as keyof typeof bundles]}model.json`, 'utf8'));
  const { parity, ...metrics } = committed.metrics;
  const report = { versions: committed.recipe.versions, parity, metrics };
  const samples = { 'canada-2017': 2780, 'france-2023': 372, 'bavaria-2018': 259 };
  expect(manifestOf(model, report, samples, committed.members)).toEqual(committed);
});

test('the committed model meets the accuracy that it must have', async () => {
  const { metrics, members } = JSON.parse(await readFile(`${bundles.temperate}model.json`, 'utf8'));
  expect(metrics.blockedCrossValidation).toMatchObject({ blockDegrees: 0.25, folds: 5, seeds: 3 });
  expect(metrics.blockedCrossValidation.accuracy).toBeGreaterThanOrEqual(0.67);
  const sizes = await Promise.all(
    members.map(async ({ file }: { file: string }) => (await readFile(`${bundles.temperate}${file}`)).length),
  );
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(6e6);
});

test('a box becomes a closed ring, counter-clockwise, longitude first', () => {
  expect(boxesToMultiPolygon([[-5, 42, 17, 55]])).toEqual({
    type: 'MultiPolygon',
    coordinates: [
      [
        [
          [-5, 42],
          [17, 42],
          [17, 55],
          [-5, 55],
          [-5, 42],
        ],
      ],
    ],
  });
});
