import { createHash } from 'node:crypto';
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { featureCount, featureVersion } from '#shared/features/feature-names.ts';
import { loadEnsemble } from '#shared/model/load-ensemble.ts';
import { checkSamples, readManifest, readSamples } from '#shared/model/read-bundle.ts';
import { modelManifestSchema, type ModelManifest } from '#shared/model/model-manifest.ts';
import type { ModelDefinition } from './model-definition.ts';

/** What the trainer reports beside the ONNX files. */
export interface TrainerReport {
  versions: Record<string, string>;
  parity: Record<string, { rows: number; maxDifference: number; labelChanges: number }>;
  metrics?: Record<string, unknown>;
}

type Ring = [number, number][];

/** Boxes [west, south, east, north] as a GeoJSON MultiPolygon, rings counter-clockwise. */
export function boxesToMultiPolygon(boxes: ModelDefinition['validBoxes']) {
  const ring = ([west, south, east, north]: (typeof boxes)[number]): Ring => [
    [west, south],
    [east, south],
    [east, north],
    [west, north],
    [west, south],
  ];
  return { type: 'MultiPolygon' as const, coordinates: boxes.map((box) => [ring(box)]) };
}

/** `model.json` of a trained model; `samples` counts the samples of each data set, `members` are the files' hashes. */
export function manifestOf(
  model: ModelDefinition,
  report: TrainerReport,
  samples: Readonly<Record<string, number>>,
  members: ModelManifest['members'],
): ModelManifest {
  const { name, version, title, season, classes, smoothing, recipe, limits } = model;
  return modelManifestSchema.parse({
    ...{ name, version, title, featureVersion, season, classes, members, smoothing },
    validity: boxesToMultiPolygon(model.validBoxes),
    recipe: { ...recipe, ensemble: 'mean of the probabilities', versions: report.versions },
    data: model.data.map((data) => ({
      name: `${data.name}: ${data.title}`,
      samples: samples[data.name],
      licence: data.licence,
      source: data.source,
    })),
    metrics: { ...report.metrics, parity: report.parity },
    limits,
  });
}

/** Adds `model.json` to the trainer's files in `work`, proves the bundle with the product's own loader, then copies it. */
export async function finishBundle(
  work: string,
  out: string,
  model: ModelDefinition,
  samples: Readonly<Record<string, number>>,
): Promise<ModelManifest> {
  const report: TrainerReport = JSON.parse(await readFile(join(work, 'report.json'), 'utf8'));
  const files = Object.keys(model.recipe.members).map((name) => `${name}.onnx`);
  const members = await Promise.all(
    files.map(async (file) => ({ file, weight: 1, sha256: await sha256(join(work, file)) })),
  );
  const manifest = manifestOf(model, report, samples, members);
  await writeFile(join(work, 'model.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  await proveBundle(work);
  await mkdir(out, { recursive: true });
  for (const file of [...files, 'samples.json', 'model.json']) await copyFile(join(work, file), join(out, file));
  return manifest;
}

/** Loads a bundle as the product does and checks its sample rows. */
export async function proveBundle(folder: string): Promise<number> {
  const read = (name: string) => readFile(join(folder, name));
  const features = { version: featureVersion, count: featureCount };
  const manifest = await readManifest(read, folder, features);
  const ensemble = await loadEnsemble(read, manifest, features);
  try {
    return await checkSamples(ensemble, await readSamples(read, folder), manifest.name);
  } finally {
    await ensemble.release();
  }
}

async function sha256(path: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(path))
    .digest('hex');
}
