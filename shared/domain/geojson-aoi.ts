import { z } from 'zod';
import { GeoCropError } from './errors.ts';
import type { Position } from './ring.ts';

const coordinates = z.array(z.unknown());
const geometry = z.discriminatedUnion('type', [
  z.object({ type: z.literal('Polygon'), coordinates }),
  z.object({ type: z.literal('MultiPolygon'), coordinates: z.array(coordinates) }),
]);
const feature = z.object({ type: z.literal('Feature'), geometry });
const collection = z.object({ type: z.literal('FeatureCollection'), features: z.array(feature).min(1).max(1000) });
const document = z.union([geometry, feature, collection]);

/** The polygons of a GeoJSON document (RFC 7946) as an unchecked AOI for `checkAoi`; heights are dropped. */
export function aoiOfGeojson(input: unknown): { type: 'polygons'; polygons: Position[][][] } {
  const parsed = document.safeParse(input);
  if (!parsed.success)
    throw new GeoCropError(
      'invalid-aoi',
      'the area must be a GeoJSON Polygon or MultiPolygon, a Feature of one, or a FeatureCollection of such',
      { field: 'aoi' },
    );
  const polygons = geometries(parsed.data).flatMap((shape) =>
    shape.type === 'Polygon' ? [shape.coordinates] : shape.coordinates,
  );
  return { type: 'polygons', polygons: polygons.map((rings) => rings.map(dropHeights)) as Position[][][] };
}

function geometries(data: z.infer<typeof document>): z.infer<typeof geometry>[] {
  if (data.type === 'FeatureCollection') return data.features.map((each) => each.geometry);
  return data.type === 'Feature' ? [data.geometry] : [data];
}

const dropHeights = (ring: unknown) =>
  Array.isArray(ring) ? ring.map((position) => (Array.isArray(position) ? position.slice(0, 2) : position)) : ring;
