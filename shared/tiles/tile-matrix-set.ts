/** Equatorial radius of WGS 84, metres: that of the sphere of EPSG:3857. */
const earthRadius = 6378137;
const degrees = (radians: number) => (radians * 180) / Math.PI;

/**
 * A tile matrix set of OGC 17-083r4, annex D. In both of them longitude depends on a tile's columns alone and latitude
 * on its rows alone; `across` and `down` run from 0 (west, north) to 1 (east, south) over the whole set.
 */
export interface TileMatrixSet {
  id: string;
  /** The CRS as the standard names it. */
  crs: string;
  /** EPSG code whose coordinates (easting or longitude first) the set's own are. */
  epsg: number;
  maxZoom: number;
  /** Tiles across at zoom 0; there is one down. */
  tilesAcross: number;
  /** Scale denominator at zoom 0: that of 0.28 mm pixels. */
  scaleDenominator: number;
  /** Edge of a pixel at zoom 0, units of the CRS. */
  pixelSize: number;
  /** Upper left corner as the CRS orders its axes. */
  topLeft: readonly [number, number];
  /** Metres on the ground of one unit of the CRS at the equator. */
  metresPerUnit: number;
  longitude(across: number): number;
  latitude(down: number): number;
  across(longitude: number): number;
  /** May be infinite at the poles. */
  down(latitude: number): number;
}

/** Edge of a tile, pixels. */
export const tilePixels = 256;

const half = Math.PI * earthRadius;

const webMercatorQuad: TileMatrixSet = {
  id: 'WebMercatorQuad',
  crs: 'http://www.opengis.net/def/crs/EPSG/0/3857',
  epsg: 3857,
  maxZoom: 24,
  tilesAcross: 1,
  scaleDenominator: 559082264.028717,
  pixelSize: (2 * half) / tilePixels,
  topLeft: [-half, half],
  metresPerUnit: 1,
  longitude: (across) => across * 360 - 180,
  latitude: (down) => degrees(Math.atan(Math.sinh(Math.PI * (1 - 2 * down)))),
  across: (longitude) => (longitude + 180) / 360,
  down: (latitude) => (1 - Math.asinh(Math.tan((latitude * Math.PI) / 180)) / Math.PI) / 2,
};

const worldCrs84Quad: TileMatrixSet = {
  id: 'WorldCRS84Quad',
  crs: 'http://www.opengis.net/def/crs/OGC/1.3/CRS84',
  epsg: 4326,
  maxZoom: 23,
  tilesAcross: 2,
  scaleDenominator: 279541132.0143589,
  pixelSize: 180 / tilePixels,
  topLeft: [-180, 90],
  metresPerUnit: (2 * half) / 360,
  longitude: (across) => across * 360 - 180,
  latitude: (down) => 90 - down * 180,
  across: (longitude) => (longitude + 180) / 360,
  down: (latitude) => (90 - latitude) / 180,
};

export const tileMatrixSets = [webMercatorQuad, worldCrs84Quad] as const;

/** The set of that id; null where there is none. */
export const tileMatrixSet = (id: string): TileMatrixSet | null => tileMatrixSets.find((set) => set.id === id) ?? null;

export interface TileAddress {
  z: number;
  x: number;
  y: number;
}

/** Whether the set has a tile of that address. */
export function hasTile(set: TileMatrixSet, { z, x, y }: TileAddress): boolean {
  if (![z, x, y].every(Number.isInteger) || z < 0 || z > set.maxZoom) return false;
  return x >= 0 && y >= 0 && x < set.tilesAcross * 2 ** z && y < 2 ** z;
}

/** The pixels of a tile: where each column and row lies, degrees. */
export interface TileGrid {
  /** Pixels on a side. */
  size: number;
  /** Longitude of a position in pixels from the tile's western edge. */
  longitude(x: number): number;
  /** Latitude of a position in pixels from the tile's northern edge. */
  latitude(y: number): number;
  /** Position in pixels of a longitude, latitude: the inverse. */
  x(longitude: number): number;
  y(latitude: number): number;
}

/** The pixels of one tile of a set, `size` on a side (256, or 512 for `@2x`). */
export function tileGrid(set: TileMatrixSet, { z, x, y }: TileAddress, size: number): TileGrid {
  const [columns, rows] = [set.tilesAcross * 2 ** z, 2 ** z];
  return {
    size,
    longitude: (px) => set.longitude((x + px / size) / columns),
    latitude: (py) => set.latitude((y + py / size) / rows),
    x: (longitude) => (set.across(longitude) * columns - x) * size,
    y: (latitude) => (set.down(latitude) * rows - y) * size,
  };
}
