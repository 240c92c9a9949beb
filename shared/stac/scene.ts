import { requiredBands, type Band, type RequiredBand } from '#shared/domain/bands.ts';

/** One band's raster file: reflectance = DN * scale + offset, to be applied exactly once; DN 0 is no data. */
export interface SceneAsset {
  /** The key under which the item lists it. */
  key: string;
  /** An `http(s):` or `s3:` address, or an absolute path. */
  href: string;
  scale: number;
  offset: number;
  /** `file:checksum` (multihash, hex) and `file:size` (bytes), where the item states them. */
  checksum: string | null;
  size: number | null;
}

/** [west, south, east, north] in degrees; west > east where a footprint crosses the antimeridian. */
export type LonLatBox = [number, number, number, number];
/** Linear rings of degrees, longitude first: the shell, then its holes. */
export type Rings = number[][][];
export type Footprint = { type: 'Polygon'; coordinates: Rings } | { type: 'MultiPolygon'; coordinates: Rings[] };

/** One Sentinel-2 L2A item, reduced to what mapping needs. */
export interface Scene {
  /** Safe as a file name: letters, digits, `_`, `.` and `-`, at most 160. */
  id: string;
  collection: string;
  /** In lower case, as `sentinel-2a`. */
  platform: string | null;
  /** ISO 8601, UTC. */
  datetime: string;
  /** MGRS tile, as 31UES. */
  tile: string | null;
  /** Processing baseline, as 05.10. */
  baseline: string | null;
  created: string | null;
  epsg: number | null;
  bbox: LonLatBox;
  geometry: Footprint | null;
  /** Percent of the scene. */
  cloudCover: number | null;
  /** The item's own address: its self link, else where it was read. */
  href: string;
  assets: Partial<Record<Band, SceneAsset>>;
  /** How scale and offset were decided, for the provenance. */
  offsetSource: string;
  /** The item as it was published. */
  item: Record<string, unknown>;
}

/** The required bands that a scene does not offer in a readable form. */
export function missingBands(scene: Pick<Scene, 'assets'>): RequiredBand[] {
  return requiredBands.filter((band) => !scene.assets[band]);
}

const compareText = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

/** By datetime, then id: the order in which scenes are composited. */
export function compareScenes(a: Scene, b: Scene): number {
  return Date.parse(a.datetime) - Date.parse(b.datetime) || compareText(a.id, b.id);
}

export const compareIds = (a: Scene, b: Scene): number => compareText(a.id, b.id);
