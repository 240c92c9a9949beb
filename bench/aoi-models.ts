import { access, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { featureTable, writeFeatureTable } from '../functions/train/feature-table.ts';
import { run } from '../functions/train/python-environment.ts';
import { temperate } from '../functions/train/temperate/definition.ts';
import { readSources } from '../functions/train/temperate/sources.ts';
import { arrayPython, cache } from './array-peer.ts';

const root = join(import.meta.dirname, '..');

/** The folder of the boosters of `temperate` in their libraries' own forms, fitted once by its recipe. */
export async function nativeTemperate(): Promise<string> {
  const folder = join(cache, 'temperate');
  const isThere = await access(folder).then(
    () => true,
    () => false,
  );
  if (isThere) return folder;
  const part = `${folder}.part`;
  await rm(part, { recursive: true, force: true });
  await mkdir(part, { recursive: true });
  console.error('bench: training the boosters of temperate (once, a minute) ...');
  const { recipe, classes } = temperate;
  const table = featureTable(await readSources(join(root, 'samples', 'labels')), recipe.augmentation);
  const data = join(part, 'data');
  await mkdir(data);
  await writeFeatureTable(
    data,
    table,
    classes.map(({ name }) => name),
    [recipe.blockDegrees],
  );
  await writeFile(join(part, 'recipe.json'), JSON.stringify(recipe));
  const script = join(import.meta.dirname, 'peers', 'make_temperate.py');
  const trainer = join(root, 'functions', 'train', 'trainer');
  await run(await arrayPython(), ['-B', script, data, join(part, 'recipe.json'), part], trainer);
  await rename(part, folder);
  return folder;
}
