import { aoiMask } from '#shared/domain/aoi-mask.ts';
import { aoiBox, aoiEpsg, type Aoi } from '#shared/domain/aoi.ts';
import { fromUtm, utmOfEpsg } from '#shared/domain/utm.ts';
import type { LonLatBox, Rings, Scene } from '#shared/stac/scene.ts';

type LonLat = [number, number];

/** Sample points along the longer side of an area's box. */
const across = 24;

/**
 * Evenly spaced points of an area, degrees: the centres of at most 24 x 24 squares of its box that lie in it; of an
 * area so narrow that none does, all of them.
 */
export function samplePoints(aoi: Aoi): LonLat[] {
  const epsg = aoiEpsg(aoi);
  const [west, south, east, north] = aoiBox(aoi);
  const pixelSize = Math.max(east - west, north - south) / across;
  const cells = (length: number) => Math.max(1, Math.ceil(length / pixelSize - 1e-9));
  const window = {
    epsg,
    originX: west,
    originY: north,
    pixelSize,
    width: cells(east - west),
    height: cells(north - south),
  };
  const mask = aoiMask(aoi, window);
  const centres = [...mask.keys()].map((at): LonLat => {
    const [col, row] = [at % window.width, Math.floor(at / window.width)];
    return fromUtm(utmOfEpsg(epsg)!, west + (col + 0.5) * pixelSize, north - (row + 0.5) * pixelSize);
  });
  const inside = centres.filter((_, at) => mask[at] === 1);
  return inside.length > 0 ? inside : centres;
}

/** Share (0-1) of points of degrees that lie in a scene's footprint; without a footprint, in its bbox. */
export function shareCovered({ geometry, bbox }: Pick<Scene, 'geometry' | 'bbox'>, points: readonly LonLat[]): number {
  const inside = geometry
    ? insidePolygons(geometry.type === 'Polygon' ? [geometry.coordinates] : geometry.coordinates)
    : (point: LonLat) => insideBox(bbox, point);
  return points.filter(inside).length / points.length;
}

/** A box with west > east goes over the antimeridian. */
const insideBox = ([west, south, east, north]: LonLatBox, [lon, lat]: LonLat) =>
  lat >= south && lat <= north && (west <= east ? lon >= west && lon <= east : lon >= west || lon <= east);

/** A shell that spans more than half the globe is one that goes over the antimeridian: it is laid out east of it. */
function insidePolygons(polygons: readonly Rings[]): (point: LonLat) => boolean {
  const laid = polygons.map((rings) => {
    const lons = rings[0].map(([lon]) => lon);
    const crosses = Math.max(...lons) - Math.min(...lons) > 180;
    const eastward = (lon: number) => (crosses && lon < 0 ? lon + 360 : lon);
    return { rings: rings.map((ring) => ring.map(([lon, lat]): LonLat => [eastward(lon), lat])), eastward };
  });
  return ([lon, lat]) => laid.some(({ rings, eastward }) => evenOdd(rings, eastward(lon), lat));
}

/** Even-odd rule over all rings, so that a hole is outside. */
function evenOdd(rings: readonly LonLat[][], x: number, y: number): boolean {
  let inside = false;
  for (const ring of rings)
    for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
      const [[xi, yi], [xj, yj]] = [ring[i], ring[j]];
      if (yi > y !== yj > y && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) inside = !inside;
    }
  return inside;
}
