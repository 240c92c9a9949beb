/** A position in degrees, WGS 84: longitude, latitude. */
export type LonLat = [number, number];
/** West, south, east, north in degrees. */
export type Bbox = [number, number, number, number];

export type AreaGeojson =
  { type: 'Polygon'; coordinates: number[][][] } | { type: 'MultiPolygon'; coordinates: number[][][][] };
export type AreaCircle = { lon: number; lat: number; radius_m: number };
export type AoiInput = AreaCircle | AreaGeojson;

export type DrawKind = 'circle' | 'polygon';

/** One tile layer of the map; a change of `version` fetches its tiles anew. */
export type MapLayer = {
  /** The layer's id in the tile function, such as `job-<uuid>-class`. */
  id: string;
  opacity: number;
  /** Shown only on this side of the swipe line. */
  side?: 'left' | 'right' | undefined;
  version?: string | number | undefined;
  fade?: boolean | undefined;
  /** The share key that its tiles are asked with. */
  share?: string | undefined;
};

export type MapChunk = { bbox: Bbox; done: boolean; key: string };

/** Pictures that the deployment chose to lie under everything; without them the bundled outline does. */
export type Basemap = { url: string; attribution: string };

export type MapViewProps = {
  area: AoiInput | null;
  /** Whether the area may be changed on the map; a job's may not. */
  editable?: boolean | undefined;
  onArea: (area: AoiInput | null) => void;
  draw: DrawKind | null;
  onDrawEnd: () => void;
  /** The radius, metres, of a circle that is set down with one click. */
  radius?: number | undefined;
  /** From the bottom to the top. */
  layers: MapLayer[];
  /** Where the swipe line stands, 0..1 of the width; null where it is off. */
  swipe: number | null;
  onSwipe: (value: number) => void;
  chunks: MapChunk[];
  fit: Bbox | null;
  pixel: LonLat | null;
  onPixel: (lonlat: LonLat) => void;
  token: () => Promise<string | null>;
  basemap?: Basemap | null | undefined;
};

export type PixelPanelProps = {
  job: string;
  share?: string | undefined;
  lon: number;
  lat: number;
  onClose: () => void;
};
