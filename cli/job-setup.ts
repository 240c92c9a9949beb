import { stat } from 'node:fs/promises';
import { checkYear, seasonByName } from '#shared/domain/season.ts';
import type { MapRequest } from '#shared/domain/job.ts';
import { featureSet } from '#shared/features/feature-names.ts';
import { checkModelFits } from '#shared/mapping/choose-model.ts';
import type { OutputForm } from '#shared/mapping/chunk-task.ts';
import { planJob, type Plan, type SkippedScene } from '#shared/mapping/plan.ts';
import { findModel } from '#shared/model/model-folder.ts';
import { nodeStacIo } from '#shared/stac/io.ts';
import type { SceneQuery } from '#shared/stac/query.ts';
import { searchScenes, type SceneSearch } from '#shared/stac/search-scenes.ts';
import type { CliContext } from './context.ts';
import type { FoundModel } from './worker/messages.ts';

/** A request that has been checked against its model, and the way to plan it. */
export interface JobSetup {
  request: MapRequest;
  model: FoundModel | null;
  outsideModel: boolean;
  /** The catalog's collection; known once the job was planned. */
  collection: () => string | null;
  plan: (broken: readonly SkippedScene[]) => Promise<Plan>;
}

/** Checks a request before anything is read from the catalog. */
export async function setUpJob(
  request: MapRequest,
  stac: string,
  output: OutputForm,
  context: CliContext,
): Promise<JobSetup> {
  checkYear(seasonByName(request.season), request.year, context.today);
  const model = request.model === null ? null : await foundModel(request.model, context);
  const manifest = model && model.manifest;
  const { outside } = manifest ? checkModelFits(manifest, request) : { outside: false };
  const catalog = searchOnce(stac, context);
  return {
    request,
    model,
    outsideModel: outside,
    collection: () => catalog.collection,
    plan: (broken) =>
      planJob({
        ...{ request, output, model: manifest, broken },
        ...{ today: context.today, search: catalog.search, assetSize: localSize },
      }),
  };
}

async function foundModel(name: string, { settings }: CliContext): Promise<FoundModel> {
  const { directory, manifest } = await findModel(name, settings.modelFolders, featureSet);
  return { directory, manifest };
}

/** The catalog is asked once, however often the job is planned. */
function searchOnce(stac: string, { signal, settings }: CliContext) {
  let found: Promise<SceneSearch> | null = null;
  const catalog = {
    collection: null as string | null,
    search: async (query: SceneQuery) => {
      found ??= searchScenes(stac, query, nodeStacIo(), signal, settings.http);
      const result = await found;
      catalog.collection = result.collection;
      return result;
    },
  };
  return catalog;
}

/** The size of a file on this machine; remote files are not asked one by one. */
async function localSize(href: string): Promise<number | null> {
  if (!href.startsWith('/')) return null;
  const found = await stat(href).catch(() => null);
  return found ? found.size : null;
}
