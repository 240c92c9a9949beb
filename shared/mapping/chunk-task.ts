import type { Aoi } from '#shared/domain/aoi.ts';
import type { Band } from '#shared/domain/bands.ts';
import type { ChunkId } from '#shared/domain/grid.ts';

/** A band's file as a worker needs it: where it is and how its numbers become reflectance. */
export interface TaskAsset {
  href: string;
  scale: number;
  offset: number;
  /** What the item says of the file's size in pixels, [rows, columns]; null where it says nothing. */
  shape: [number, number] | null;
  /** Checksum, else size, else address: part of the identity of whatever is computed from the file. */
  identity: string;
}

export interface TaskScene {
  id: string;
  datetime: string;
  assets: Partial<Record<Band, TaskAsset>>;
}

/** What a chunk's result holds. */
export type OutputForm = 'map' | 'features';

/** Everything that a worker needs to compute one chunk; plain JSON, so that it can travel. */
export interface ChunkTask {
  chunk: ChunkId;
  /** Name of the part in the store, derived from everything that its bytes depend on. */
  key: string;
  aoi: Aoi;
  season: string;
  year: number;
  output: OutputForm;
  /** Name of the model; null where features alone are wanted. */
  model: string | null;
  /** Identity of the model that the part was named for; another one of the same name must not compute it. */
  modelId: string | null;
  /** Passes in order of time; the scenes of one pass are one observation, in id order. */
  observations: TaskScene[][];
}
