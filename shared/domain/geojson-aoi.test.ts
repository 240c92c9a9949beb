import { describe, expect, test } from 'vitest';
import { checkAoi, defaultAoiLimits } from './check-aoi.ts';
import { aoiOfGeojson } from './geojson-aoi.ts';

const ring = [
  [4, 50],
  [4.1, 50],
  [4.1, 50.1],
  [4, 50],
];
const hole = [
  [4.05, 50.01],
  [4.08, 50.01],
  [4.08, 50.03],
  [4.05, 50.01],
];
const polygon = { type: 'Polygon', coordinates: [ring, hole] };
const feature = (geometry: unknown) => ({ type: 'Feature', properties: { name: 'field' }, geometry });

describe('forms that stand for an area', () => {
  test.each([
    ['a Polygon', polygon, [[ring, hole]]],
    ['a MultiPolygon', { type: 'MultiPolygon', coordinates: [[ring], [hole]] }, [[ring], [hole]]],
    ['a Feature', feature(polygon), [[ring, hole]]],
    [
      'a FeatureCollection',
      {
        type: 'FeatureCollection',
        features: [feature(polygon), feature({ type: 'MultiPolygon', coordinates: [[ring], [hole]] })],
      },
      [[ring, hole], [ring], [hole]],
    ],
    ['one with foreign members', { ...polygon, bbox: [4, 50, 4.1, 50.1], id: 7 }, [[ring, hole]]],
    ['one with heights', { type: 'Polygon', coordinates: [ring.map(([lon, lat]) => [lon, lat, 120.5])] }, [[ring]]],
  ] as [string, unknown, number[][][][]][])('%s', (_name, input, polygons) => {
    const aoi = aoiOfGeojson(input);
    expect(aoi).toEqual({ type: 'polygons', polygons });
    expect(checkAoi(aoi, defaultAoiLimits)).toEqual(aoi);
  });
});

describe('what is refused', () => {
  test.each([
    ['a point', { type: 'Point', coordinates: [4, 50] }],
    ['a line', { type: 'LineString', coordinates: ring }],
    ['a geometry collection', { type: 'GeometryCollection', geometries: [polygon] }],
    ['a feature without geometry', feature(null)],
    ['a feature of a point', feature({ type: 'Point', coordinates: [4, 50] })],
    ['an empty collection', { type: 'FeatureCollection', features: [] }],
    ['a collection with one point in it', { type: 'FeatureCollection', features: [feature(polygon), feature(null)] }],
    ['more features than an area has', { type: 'FeatureCollection', features: Array(1001).fill(feature(polygon)) }],
    ['coordinates that are none', { type: 'Polygon', coordinates: 'here' }],
    ['no coordinates', { type: 'Polygon' }],
    ['a list', [polygon]],
    ['a text', '{"type":"Polygon"}'],
    ['null', null],
  ])('%s', (_name, input) => {
    expect(() => aoiOfGeojson(input)).toThrow(
      expect.objectContaining({ code: 'invalid-aoi', field: 'aoi', message: expect.stringContaining('GeoJSON') }),
    );
  });

  test.each([
    ['a ring that is null', { type: 'Polygon', coordinates: [null] }],
    ['a position that is a text', { type: 'Polygon', coordinates: [['4,50', ...ring.slice(1)]] }],
    ['a position of one number', { type: 'Polygon', coordinates: [[[4], ...ring.slice(1)]] }],
    ['metres in place of degrees', { type: 'Polygon', coordinates: [ring.map(([x, y]) => [x * 1e5, y * 1e5])] }],
    ['no ring', { type: 'Polygon', coordinates: [] }],
    ['no polygon', { type: 'MultiPolygon', coordinates: [] }],
    ['a polygon one level too deep', { type: 'Polygon', coordinates: [[ring]] }],
  ])('%s, by the check that follows', (_name, input) => {
    expect(() => checkAoi(aoiOfGeojson(input), defaultAoiLimits)).toThrow(
      expect.objectContaining({ code: 'invalid-aoi' }),
    );
  });
});
