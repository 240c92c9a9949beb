import { z } from 'zod';
import { damagedModel as damaged, type ReadBundleFile } from './bundle-files.ts';
import type { Ensemble } from './ensemble.ts';
import { modelManifestSchema, modelSamplesSchema, type ModelManifest, type ModelSamples } from './model-manifest.ts';

/** What the product computes, against which a bundle is checked. */
export interface FeatureSet {
  version: string;
  count: number;
}

const maxJsonBytes = 32 * 1024 * 1024;
/** Float32 thresholds and sums differ from the libraries' own in the last bits, no more. */
export const sampleTolerance = 1e-5;

async function readJson<T>(read: ReadBundleFile, file: string, schema: z.ZodType<T>, bundle: string): Promise<T> {
  const bytes = await read(file);
  if (!bytes) throw damaged(`the model in ${bundle} has no ${file}`);
  if (bytes.length > maxJsonBytes)
    throw damaged(`${file} of the model in ${bundle} is larger than ${maxJsonBytes} bytes`);
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder().decode(bytes));
  } catch (cause) {
    throw damaged(`${file} of the model in ${bundle} is not JSON: ${(cause as Error).message}`, cause);
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw damaged(`${file} of the model in ${bundle} is wrong at ${issue.path.join('.') || 'its top'}: ${issue.message}`);
}

/** The checked `model.json` of a bundle. */
export async function readManifest(read: ReadBundleFile, bundle: string, features: FeatureSet): Promise<ModelManifest> {
  const manifest = await readJson(read, 'model.json', modelManifestSchema, bundle);
  if (manifest.featureVersion !== features.version)
    throw damaged(
      `the model ${manifest.name} was trained on ${manifest.featureVersion}; this release computes ${features.version} and cannot serve it`,
    );
  return manifest;
}

/** The rows that came with a bundle to prove that it answers here as it did where it was trained. */
export const readSamples = (read: ReadBundleFile, bundle: string): Promise<ModelSamples> =>
  readJson(read, 'samples.json', modelSamplesSchema, bundle);

/** Refuses a bundle whose answers for its own sample rows are not the ones that came with it. */
export async function checkSamples(ensemble: Ensemble, samples: ModelSamples, model: string): Promise<number> {
  const { rows, expected } = samples;
  if (rows.length !== expected.length)
    throw damaged(`samples.json of the model ${model} has ${rows.length} rows and ${expected.length} expectations`);
  if (isUneven(rows) || isUneven(expected))
    throw damaged(`samples.json of the model ${model} has rows or expectations of different lengths`);
  const actual = await ensemble.predict(Float32Array.from(rows.flat())).catch((cause: Error) => {
    throw damaged(`the model ${model} does not classify its own sample rows: ${cause.message}`, cause);
  });
  if (expected[0].length !== ensemble.classes || actual.length !== rows.length * ensemble.classes)
    throw damaged(`samples.json of the model ${model} expects another number of features or classes`);
  const worst = expected.flat().reduce((max, value, i) => Math.max(max, Math.abs(value - actual[i])), 0);
  if (!(worst <= sampleTolerance))
    throw damaged(
      `the model ${model} does not answer here as it did where it was trained: its sample rows differ by up to ${worst.toExponential(1)}`,
    );
  return worst;
}

const isUneven = (table: readonly number[][]) => table.some((row) => row.length !== table[0].length);
