import { rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { GeoCropError } from '#shared/domain/errors.ts';
import { finishBundle } from '../bundle.ts';
import { featureTable, writeFeatureTable, type FeatureTable } from '../feature-table.ts';
import type { ModelDefinition } from '../model-definition.ts';
import { lockedPython, run } from '../python-environment.ts';
import { temperate, tiny } from './definition.ts';
import { readSources } from './sources.ts';

const usage = `npm run train:temperate -- [options]

Trains the model "temperate" from samples/labels and writes its bundle.

  --out <folder>  where the bundle goes (default samples/models/temperate)
  --skip-cv       without cross-validation: minutes faster, model.json then has no accuracy. Needs --out.
  --tiny          the few trees of shared/testing/fixtures/models/tiny instead, without cross-validation
  --help          this text`;

const here = dirname(fileURLToPath(import.meta.url));
const root = resolve(here, '..', '..', '..');
const trainer = join(here, '..', 'trainer');
const options = {
  out: { type: 'string' },
  'skip-cv': { type: 'boolean', default: false },
  tiny: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

function readArguments() {
  try {
    const { values } = parseArgs({ options });
    if (values['skip-cv'] && !values.tiny && !values.out)
      throw new Error('--skip-cv needs --out, so that the measured bundle keeps its figures');
    return values;
  } catch (cause) {
    throw new GeoCropError('usage', `${(cause as Error).message}\n\n${usage}`, { cause });
  }
}

function samplesBySource({ samples }: FeatureTable): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { source } of samples) counts[source] = (counts[source] ?? 0) + 1;
  return counts;
}

async function prepare(model: ModelDefinition, work: string): Promise<FeatureTable> {
  const { recipe, classes } = model;
  const table = featureTable(await readSources(join(root, 'samples', 'labels')), recipe.augmentation);
  const names = classes.map(({ name }) => name);
  await writeFeatureTable(work, table, names, [recipe.blockDegrees, ...recipe.otherBlockDegrees]);
  await writeFile(join(work, 'recipe.json'), JSON.stringify(recipe));
  return table;
}

async function main(): Promise<void> {
  const values = readArguments();
  if (values.help) return console.log(usage);
  const model = values.tiny ? tiny : temperate;
  const defaultOut = values.tiny ? 'shared/testing/fixtures/models/tiny' : 'samples/models/temperate';
  const out = values.out ? resolve(values.out) : join(root, defaultOut);
  const work = join(root, '.cache', 'train', `${model.name}-${process.pid}`);
  const python = await lockedPython(trainer, join(root, '.cache', 'train', 'python'));
  try {
    const table = await prepare(model, work);
    const skip = values['skip-cv'] || values.tiny ? ['--skip-cv'] : [];
    const files = ['--data', work, '--recipe', join(work, 'recipe.json'), '--out', join(work, 'bundle')];
    await run(python, ['-B', '-m', 'geocrop_trainer', ...files, ...skip], trainer);
    await finishBundle(join(work, 'bundle'), out, model, samplesBySource(table));
    console.log(`The model ${model.name} ${model.version} is in ${out}`);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

main().catch((error: unknown) => {
  console.error(`train: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = error instanceof GeoCropError && error.code === 'usage' ? 2 : 1;
});
