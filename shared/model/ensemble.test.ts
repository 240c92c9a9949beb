import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { featureCount, featureSet } from '#shared/features/feature-names.ts';
import { temperateFolder } from '#shared/testing/fixtures/model/bundle.ts';
import { ensembleOf, maxBatchRows, type Ensemble, type EnsembleMember } from './ensemble.ts';
import { loadEnsemble } from './load-ensemble.ts';
import { readManifest } from './read-bundle.ts';
import { directoryBundle } from './bundle-files.ts';

const bytesOf = ({ buffer, byteOffset, byteLength }: Float32Array) => Buffer.from(buffer, byteOffset, byteLength);

describe('the real model', () => {
  const { rows }: { rows: number[][] } = JSON.parse(readFileSync(`${temperateFolder}samples.json`, 'utf8'));
  const features = Float32Array.from(rows.flat());
  let ensemble: Ensemble;
  let together: Float32Array;

  beforeAll(async () => {
    const read = directoryBundle(temperateFolder);
    ensemble = await loadEnsemble(read, await readManifest(read, temperateFolder, featureSet), featureSet);
    together = await ensemble.predict(features);
  });
  afterAll(() => ensemble.release());

  test.each([1, 2, 7, 64, 209])('answers bit for bit the same in batches of %d rows', async (size) => {
    const parts: Float32Array[] = [];
    for (let row = 0; row < rows.length; row += size)
      parts.push(await ensemble.predict(features.subarray(row * featureCount, (row + size) * featureCount)));
    expect(Buffer.concat(parts.map(bytesOf)).equals(bytesOf(together))).toBe(true);
  });

  test('answers bit for bit the same in more rows than one run takes', async () => {
    const many = maxBatchRows + 100;
    const repeated = new Float32Array(many * featureCount);
    for (let row = 0; row < many; row++) repeated.set(rows[row % rows.length], row * featureCount);
    const answers = await ensemble.predict(repeated);
    expect(answers.length).toBe(many * ensemble.classes);
    const { classes } = ensemble;
    for (let row = 0; row < many; row += rows.length) {
      const count = Math.min(rows.length, many - row);
      const part = answers.subarray(row * classes, (row + count) * classes);
      expect(bytesOf(part).equals(bytesOf(together.subarray(0, count * classes))), `from row ${row}`).toBe(true);
    }
  });

  test('answers probabilities: each row sums to 1', () => {
    for (let row = 0; row < rows.length; row++) {
      const sum = together.subarray(row * ensemble.classes, (row + 1) * ensemble.classes).reduce((a, b) => a + b, 0);
      expect(sum).toBeCloseTo(1, 5);
    }
  });

  test('answers the same to several who ask at the same time', async () => {
    const size = 70;
    const part = (i: number) => features.subarray(i * size * featureCount, (i + 1) * size * featureCount);
    const asked = await Promise.all([0, 1, 2].map((i) => ensemble.predict(part(i))));
    const all = bytesOf(together.subarray(0, 3 * size * ensemble.classes));
    expect(Buffer.concat(asked.map(bytesOf)).equals(all)).toBe(true);
  });

  test('has nothing to say of no rows', async () => {
    expect(await ensemble.predict(new Float32Array(0))).toEqual(new Float32Array(0));
  });

  test('stops when it is told to', async () => {
    const reason = new Error('enough');
    await expect(ensemble.predict(features, AbortSignal.abort(reason))).rejects.toBe(reason);
  });
});

/** A member that answers the same two probabilities for every row. */
const constantMember = (answer: [number, number], weight: number): EnsembleMember => ({
  file: 'constant.onnx',
  weight,
  reason: null,
  predict: (_rows, count) => Float32Array.from({ length: count * 2 }, (_, i) => answer[i % 2]),
  release: async () => {},
});

test('members count by their weight, whatever the weights add up to', async () => {
  const members = [constantMember([1, 0], 1), constantMember([0.5, 0.5], 2), constantMember([0, 1], 5)];
  const answers = await ensembleOf(members, 2, 3).predict(new Float32Array(6));
  expect(answers).toEqual(Float32Array.from([0.25, 0.75, 0.25, 0.75]));
});

test('values that are no whole rows are refused', async () => {
  const ensemble = ensembleOf([constantMember([1, 0], 1)], 2, 3);
  await expect(ensemble.predict(new Float32Array(7))).rejects.toThrow('7 values are no rows of 3 features');
});

test('other work goes on between two runs', async () => {
  let turns = 0;
  const timer = setInterval(() => turns++, 0);
  const slow = {
    ...constantMember([1, 0], 1),
    predict: (_rows: Float32Array, count: number) => {
      const until = performance.now() + 5;
      while (performance.now() < until);
      return new Float32Array(count * 2);
    },
  };
  await ensembleOf([slow], 2, 1).predict(new Float32Array(5 * maxBatchRows));
  clearInterval(timer);
  expect(turns).toBeGreaterThanOrEqual(3);
});
