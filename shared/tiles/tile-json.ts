import { layerLink, tileLink, type LinkBase } from './layer-links.ts';
import type { Bounds } from './source-bounds.ts';
import { tilePixels, type TileMatrixSet } from './tile-matrix-set.ts';

/** What a layer's descriptions say of it. */
export interface DescribedLayer {
  id: string;
  title: string;
  attribution: string;
  /** Degrees. */
  bounds: Bounds;
  /** Edge of its pixels on the ground, metres. */
  metresPerPixel: number;
}

/** Zoom levels beyond that of the pixels themselves: borders of classes stay sharp where a client enlarges tiles. */
const enlarged = 2;

/** The largest zoom at which tiles show anything new, and `enlarged` more. */
export function maxZoomOf(set: TileMatrixSet, { metresPerPixel, bounds }: DescribedLayer): number {
  const latitude = (bounds[1] + bounds[3]) / 2;
  const shrink = set.epsg === 3857 ? Math.cos((latitude * Math.PI) / 180) : 1;
  const zoom = Math.ceil(Math.log2((set.pixelSize * set.metresPerUnit * shrink) / metresPerPixel) - 1e-6);
  return Math.max(0, Math.min(set.maxZoom, zoom + enlarged));
}

/** TileJSON 3.0.0; `vector_layers` is required by it, and empty for pictures. */
export interface TileJson {
  tilejson: '3.0.0';
  name: string;
  scheme: 'xyz';
  tiles: string[];
  vector_layers: [];
  bounds: Bounds;
  center: [number, number, number];
  minzoom: number;
  maxzoom: number;
  attribution: string;
  legend: string;
  tileSize: number;
}

/** The TileJSON of a layer's tiles in a set with x and y as the web numbers them. */
export function tileJson(layer: DescribedLayer, set: TileMatrixSet, base: LinkBase): TileJson {
  const [west, south, east, north] = layer.bounds;
  const maxzoom = maxZoomOf(set, layer);
  const span = Math.max(east - west, north - south, 1e-6);
  const template = { set: set.id, z: '{z}', x: '{x}', y: '{y}', format: 'png' as const };
  return {
    tilejson: '3.0.0',
    name: layer.title,
    scheme: 'xyz',
    tiles: [tileLink(base, layer.id, template)],
    vector_layers: [],
    bounds: layer.bounds,
    center: [
      (west + east) / 2,
      (south + north) / 2,
      Math.max(0, Math.min(maxzoom, Math.floor(Math.log2((360 / span) * 2)))),
    ],
    minzoom: 0,
    maxzoom,
    attribution: layer.attribution,
    legend: layerLink(base, layer.id, 'legend.png'),
    tileSize: tilePixels,
  };
}
