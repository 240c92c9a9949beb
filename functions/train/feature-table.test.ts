import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { featureTable, writeFeatureTable } from './feature-table.ts';
import { emptyComposites, placeDekad, type LabelledSeries } from './labelled-series.ts';

const augmentation = { monthlyCopies: false, shifts: [1], dropFraction: 0, seed: 1 };

/** NIR 0.6 and the other bands 0.2 at the given dekads: an NDVI of 0.5. */
function series(id: string, dekads: number[], lat: number): LabelledSeries {
  const composites = emptyComposites();
  for (const dekad of dekads) placeDekad(composites, dekad, [Float32Array.of(0.2, 0.2, 0.2, 0.2, 0.6, 0.2)]);
  return { id, source: 's', lat, lon: 11.64288, className: id, cadence: 'dekadal', composites };
}

test('writes rows of features with their sample, class, cell and fold; leaves out what is too short', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'features-'));
  try {
    const all = [series('a', [0, 9, 18], 42.2), series('b', [3, 4], 42.2), series('c', [1, 2, 3, 4], 48.3929)];
    await writeFeatureTable(folder, featureTable(all, augmentation), ['c', 'b', 'a'], [0.25]);
    const table = JSON.parse(await readFile(join(folder, 'table.json'), 'utf8'));
    expect(table).toMatchObject({
      ...{ featureVersion: 'features-v1', sample: [0, 0, 1, 1], original: [true, false, true, false] },
      ...{ sampleClass: [2, 0], sampleSource: ['s', 's'] },
    });
    expect(table.blocks[0].cell).toEqual(['168,46', '193,46']);
    expect(table.blocks[0].fold[1]).toBe(3);
    const bytes = await readFile(join(folder, 'features.f32'));
    expect(bytes.length).toBe(4 * 51 * 4);
    for (let month = 0; month < 9; month++) expect(bytes.readFloatLE(month * 4)).toBeCloseTo(0.5, 5);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('refuses a class that the model does not have', async () => {
  const table = featureTable([series('a', [0, 9, 18], 42.2)], augmentation);
  await expect(writeFeatureTable(tmpdir(), table, ['b'], [])).rejects.toThrow('the model has no class "a"');
});
