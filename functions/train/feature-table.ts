import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { featureNames, featureVersion } from '#shared/features/feature-names.ts';
import { seriesFeatures } from '#shared/features/table.ts';
import { augment, type Augmentation } from './augment.ts';
import { cellName, foldOf } from './folds.ts';
import type { LabelledSeries } from './labelled-series.ts';

/** Rows of features for the trainer: one per sample and one per augmented copy. */
export interface FeatureTable {
  /** [row][feature], float32. */
  features: Float32Array[];
  /** Row -> index of its sample. */
  sample: number[];
  /** Row -> is it the sample itself, not a copy? */
  original: boolean[];
  samples: LabelledSeries[];
}

/** Computes features of all series and their copies by the product's own kernel; too short series are left out. */
export function featureTable(all: readonly LabelledSeries[], augmentation: Augmentation): FeatureTable {
  const table: FeatureTable = { features: [], sample: [], original: [], samples: [] };
  for (const series of all) {
    const features = seriesFeatures(series.composites);
    if (features === null) continue;
    const sample = table.samples.push(series) - 1;
    addRow(table, sample, features, true);
    for (const copy of augment(series, augmentation)) {
      const ofCopy = seriesFeatures(copy);
      if (ofCopy !== null) addRow(table, sample, ofCopy, false);
    }
  }
  return table;
}

function addRow(table: FeatureTable, sample: number, features: Float32Array, original: boolean): void {
  table.features.push(features);
  table.sample.push(sample);
  table.original.push(original);
}

/**
 * Writes `features.f32` (rows x features, float32, little-endian) and `table.json` (what the rows are) into a folder.
 * Per block size in degrees, a sample has a cell (for clustered standard errors) and a fold.
 */
export async function writeFeatureTable(
  folder: string,
  table: FeatureTable,
  classNames: readonly string[],
  blockDegrees: readonly number[],
): Promise<void> {
  await mkdir(folder, { recursive: true });
  const { sample, original, samples } = table;
  const cells = blockDegrees.map((degrees) => samples.map(({ lat, lon }) => cellName(lat, lon, degrees)));
  const description = {
    featureVersion,
    featureNames,
    classNames,
    sample,
    original,
    sampleClass: samples.map(({ className }) => indexOf(classNames, className)),
    sampleSource: samples.map(({ source }) => source),
    blocks: blockDegrees.map((degrees, i) => ({ degrees, cell: cells[i], fold: cells[i].map(foldOf) })),
  };
  await writeFile(join(folder, 'features.f32'), float32Bytes(table.features));
  await writeFile(join(folder, 'table.json'), JSON.stringify(description));
}

function indexOf(classNames: readonly string[], name: string): number {
  const index = classNames.indexOf(name);
  if (index < 0) throw new Error(`the model has no class "${name}"`);
  return index;
}

function float32Bytes(rows: readonly Float32Array[]): Uint8Array {
  const width = featureNames.length;
  const bytes = new DataView(new ArrayBuffer(rows.length * width * 4));
  rows.forEach((row, i) => row.forEach((value, j) => bytes.setFloat32((i * width + j) * 4, value, true)));
  return new Uint8Array(bytes.buffer);
}
