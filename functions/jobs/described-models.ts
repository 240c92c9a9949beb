import type { Logger } from '#shared/http/logger.ts';
import type { ModelManifest } from '#shared/model/model-manifest.ts';
import type { JobsDeps } from './deps.ts';
import type { ProcessDescription } from './process-schema.ts';

/** The installed models as somebody who has to choose one sees them; a damaged one is left out and logged. */
export async function describedModels(
  { modelNames, model }: Pick<JobsDeps, 'modelNames' | 'model'>,
  log: Logger,
): Promise<ProcessDescription['models']> {
  const found = await Promise.all(
    (await modelNames()).map((name) =>
      model(name).catch((error) => {
        log.warn('Model:Damaged', { name, error });
        return null;
      }),
    ),
  );
  return found.filter((manifest) => manifest !== null).map(described);
}

const described = ({ name, title, version, season, classes, limits, validity }: ModelManifest) => ({
  name,
  title,
  version,
  season,
  classes: classes.map((each) => ({ name: each.name, title: each.title, color: each.color })),
  limits,
  validity,
});
