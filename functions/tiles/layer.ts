import type { Legible } from '#shared/tiles/legend.ts';
import type { PartsSource } from '#shared/tiles/parts-source.ts';
import type { PixelSource } from '#shared/tiles/pixel-source.ts';
import type { DescribedLayer } from '#shared/tiles/tile-json.ts';
import type { SceneBand } from '#shared/tiles/true-colour.ts';

/** Where a layer's pixels come from. */
export type LayerPixels =
  | { kind: 'band'; source: PixelSource; band: number }
  /** Of a job that is not done: what is committed changes. */
  | { kind: 'parts'; source: PartsSource; band: number }
  /** Red, green, blue. */
  | { kind: 'rgb'; bands: SceneBand[] }
  /** Nothing is there yet. */
  | { kind: 'none' };

/** A layer that may be shown to whoever asked. */
export interface Layer extends Legible, DescribedLayer {
  licence: string | null;
  year: number | null;
  /** Nobody needs to be known to see it. */
  isPublic: boolean;
  /** Whether its pixels stay what they are. */
  settled: boolean;
  /** Changes with its pixels; of a job's parts the tile adds those that it shows. */
  version: string;
  pixels: LayerPixels;
}
