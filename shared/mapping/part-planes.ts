import { chunkPixels } from '#shared/domain/grid.ts';
import type { CogSpec } from '#shared/raster/cog-spec.ts';
import { reduceClassPlanes, reduceMeanPlanes, type ReducePlanes } from '#shared/raster/overview-pyramid.ts';
import type { TileData } from '#shared/raster/tile-encode.ts';

type PlanesForm = Pick<CogSpec, 'bands' | 'nodata'>;

/** Overviews that a part carries: 256 and 128 pixels a side. */
export const partOverviews = 2;

/** Pixels along each side of a part's n-th overview, 0 being the full resolution. */
export const partSide = (level: number): number => chunkPixels >> level;

/** How the planes of a form are halved: a map by its classes, quantities by their mean. */
export const reducerOf = ({ bands, nodata }: PlanesForm): ReducePlanes =>
  bands[0].name === 'class' ? reduceClassPlanes : reduceMeanPlanes(nodata);

/**
 * The planes of a chunk and of its overviews, from fine to coarse. As no 2 x 2 block reaches over a chunk's edge, they
 * are cut-outs of the overviews of every result that holds the chunk.
 */
export function partPlanes(planes: readonly TileData[], form: PlanesForm): TileData[][] {
  const reduce = reducerOf(form);
  const levels = [[...planes]];
  for (let level = 0; level < partOverviews; level++) levels.push(reduce(levels[level], partSide(level)));
  return levels;
}
