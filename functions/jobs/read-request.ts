import { checkAoi } from '#shared/domain/check-aoi.ts';
import { aoiOfGeojson } from '#shared/domain/geojson-aoi.ts';
import type { MapRequest } from '#shared/domain/job.ts';
import { checkYear, seasonByName } from '#shared/domain/season.ts';
import { findSource } from '#shared/domain/source.ts';
import { checkModelFits } from '#shared/mapping/choose-model.ts';
import type { JobsDeps } from './deps.ts';
import type { Inputs } from './schemas.ts';

/** Checks all that can be known of a request before its scenes are: area, season, year, source, model. */
export async function readRequest(
  inputs: Inputs,
  deps: Pick<JobsDeps, 'limits' | 'sources' | 'model' | 'today'>,
): Promise<MapRequest> {
  const { aoi, year, season, model, source, onBrokenScene, acceptOutsideModel } = inputs;
  const area =
    'radius_m' in aoi ? { type: 'circle', lon: aoi.lon, lat: aoi.lat, radiusM: aoi.radius_m } : aoiOfGeojson(aoi);
  const request: MapRequest = {
    aoi: checkAoi(area, deps.limits),
    year,
    season,
    model,
    collection: findSource(deps.sources, source).collection,
    onBrokenScene,
    acceptOutsideModel,
  };
  checkYear(seasonByName(season), year, deps.today());
  checkModelFits(await deps.model(model), request);
  return request;
}
