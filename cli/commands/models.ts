import { cp, mkdir, rename, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { GeoCropError } from '#shared/domain/errors.ts';
import { featureSet } from '#shared/features/feature-names.ts';
import { loadEnsemble, servedBy } from '#shared/model/load-ensemble.ts';
import { checkSamples, readManifest, readSamples } from '#shared/model/read-bundle.ts';
import { directoryBundle } from '#shared/model/bundle-files.ts';
import { findModel, installedNames } from '#shared/model/model-folder.ts';
import type { ModelManifest } from '#shared/model/model-manifest.ts';
import { diskError } from '#shared/storage/directory-store.ts';
import type { CliContext } from '../context.ts';

const line = ({ name, version, title, season, classes }: ModelManifest, served: readonly string[]) =>
  [`${name} ${version}  ${season}`, title, `classes: ${classes.map((each) => each.name).join(', ')}`, ...served].join(
    '\n  ',
  );

/** Shows the models that can be used; a damaged one is listed with what is wrong. */
export async function listModels({ settings, print }: CliContext): Promise<void> {
  const names = await installedNames(settings.modelFolders);
  const found = await Promise.all(
    names.map(async (name) => {
      try {
        const { manifest, directory, read } = await findModel(name, settings.modelFolders, featureSet);
        const ensemble = await loadEnsemble(read, manifest, featureSet);
        await ensemble.release();
        const served = servedBy(ensemble);
        return { text: line(manifest, served), entry: { directory, ...manifest, served } };
      } catch (error) {
        return {
          text: `${name}  DAMAGED: ${(error as Error).message}`,
          entry: { name, error: (error as Error).message },
        };
      }
    }),
  );
  print(
    found.map(({ text }) => text).join('\n\n') || 'no model is installed',
    found.map(({ entry }) => entry),
  );
}

/** Checks a bundle (form, hashes, answers for its own sample rows) and installs it; nothing is kept of a bad one. */
export async function addModel(source: string, { settings, print }: CliContext, force: boolean): Promise<void> {
  const read = directoryBundle(resolve(source));
  const manifest = await readManifest(read, source, featureSet);
  const ensemble = await loadEnsemble(read, manifest, featureSet);
  const worst = await checkSamples(ensemble, await readSamples(read, source), manifest.name);
  await ensemble.release();
  const target = join(settings.modelFolders[0], manifest.name);
  await install(resolve(source), target, manifest, force);
  const agreement = `its sample rows agree within ${worst.toExponential(1)}`;
  const served = servedBy(ensemble);
  print([`${manifest.name} ${manifest.version} is installed; ${agreement}`, ...served].join('\n  '), {
    name: manifest.name,
    version: manifest.version,
    directory: target,
    sampleDifference: worst,
    served,
  });
}

async function install(source: string, target: string, manifest: ModelManifest, force: boolean): Promise<void> {
  if (!force && (await directoryBundle(target)('model.json')))
    throw new GeoCropError(
      'output-exists',
      `a model "${manifest.name}" is installed already; say --force to replace it`,
      { field: 'model' },
    );
  const temporary = `${target}.new`;
  try {
    await mkdir(temporary, { recursive: true });
    const files = ['model.json', 'samples.json', ...manifest.members.map(({ file }) => file)];
    for (const file of files) await cp(join(source, file), join(temporary, file));
    await rm(target, { recursive: true, force: true });
    await rename(temporary, target);
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    throw diskError(error, target);
  }
}
