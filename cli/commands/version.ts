import { featureSet } from '#shared/features/feature-names.ts';
import { kernelVersion } from '#shared/mapping/kernel-version.ts';
import { findModel, installedNames } from '#shared/model/model-folder.ts';
import type { CliContext } from '../context.ts';

/** Everything that a result depends on: version, commit, kernel, features, models. */
export async function printVersion({ settings, product, print }: CliContext): Promise<void> {
  const names = await installedNames(settings.modelFolders);
  const models = await Promise.all(
    names.map(async (name) => {
      const found = await findModel(name, settings.modelFolders, featureSet).catch(() => null);
      return { name, version: found?.manifest.version ?? null };
    }),
  );
  const listed = models.map(({ name, version }) => `${name} ${version ?? '(damaged)'}`).join(', ');
  print(
    `geocrop ${product.version}\ncommit   ${product.commit}\nkernel   ${kernelVersion}\nfeatures ${featureSet.version}\nmodels   ${listed || 'none'}\nnode     ${process.version}`,
    { ...product, kernel: kernelVersion, features: featureSet.version, models, node: process.version },
  );
}
