import { GeoCropError } from '#shared/domain/errors.ts';
import type { MapRequest } from '#shared/domain/job.ts';
import { aoiWithin } from '#shared/domain/validity.ts';
import type { ModelManifest } from '#shared/model/model-manifest.ts';

/** Refuses a model for a season or a place that it was not made for; returns whether the place lies outside. */
export function checkModelFits(model: ModelManifest, request: MapRequest): { outside: boolean } {
  if (model.season !== request.season)
    throw new GeoCropError(
      'invalid-season',
      `the model ${model.name} classifies the ${model.season} season, not ${request.season}; ask for that season or name another model`,
      { field: 'season' },
    );
  const outside = !aoiWithin(request.aoi, model.validity.coordinates);
  if (outside && !request.acceptOutsideModel)
    throw new GeoCropError(
      'outside-model',
      `the area lies outside the region that the model ${model.name} was trained for (longitude comes first); its map would be a guess. Accept that (acceptOutsideModel; --accept-outside-model on the command line) to have it all the same, marked as such`,
      { field: 'aoi' },
    );
  return { outside };
}
