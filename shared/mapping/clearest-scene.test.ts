import { describe, expect, test } from 'vitest';
import type { Aoi } from '#shared/domain/aoi.ts';
import type { Footprint, LonLatBox, Scene } from '#shared/stac/scene.ts';
import { clearestOf, clearestScene } from './clearest-scene.ts';

/** About 8 km across, 31.0 +- 0.04 E and 17.8 +- 0.04 S. */
const aoi: Aoi = { type: 'circle', lon: 31, lat: -17.8, radiusM: 4000 };

const box = ([west, south, east, north]: LonLatBox): Footprint => ({
  type: 'Polygon',
  coordinates: [
    [
      [west, south],
      [east, south],
      [east, north],
      [west, north],
      [west, south],
    ],
  ],
});
const whole: LonLatBox = [30.5, -18.3, 31.5, -17.3];

const scene = (id: string, cloudCover: number | null, bbox: LonLatBox = whole, more: Partial<Scene> = {}) =>
  ({ id, cloudCover, bbox, geometry: box(bbox), datetime: '2022-01-01T08:00:00Z', ...more }) as Scene;

const idOf = (scenes: Scene[], area: Aoi = aoi) => clearestScene(scenes, area)?.id ?? null;

describe('the clearest scene', () => {
  test('is the one of lowest cloud cover among those that cover the area', () => {
    expect(idOf([scene('a', 40), scene('b', 3), scene('c', 12)])).toBe('b');
  });

  test('a clearer one that shows half of the area does not count while another covers it', () => {
    expect(idOf([scene('half', 0, [30.5, -18.3, 31, -17.3]), scene('cloudy', 60)])).toBe('cloudy');
  });

  test('where none covers it, the largest share wins, whatever its clouds', () => {
    const small = scene('small', 0, [30.5, -18.3, 30.98, -17.3]);
    const large = scene('large', 90, [30.5, -18.3, 31.02, -17.3]);
    expect(idOf([small, large])).toBe('large');
  });

  test('an unknown cloud cover comes last, and is taken where there is no other', () => {
    expect(idOf([scene('unknown', null), scene('known', 99)])).toBe('known');
    expect(idOf([scene('unknown', null)])).toBe('unknown');
  });

  test('ties go to the earlier date, then the lower id', () => {
    const late = scene('a', 5, whole, { datetime: '2022-02-01T08:00:00Z' });
    expect(idOf([late, scene('c', 5), scene('b', 5)])).toBe('b');
  });

  test('a footprint counts before the bbox; the bbox where there is none', () => {
    const elsewhere = scene('elsewhere', 0, whole, { geometry: box([30.5, -18.3, 30.6, -17.3]) });
    expect(idOf([elsewhere])).toBeNull();
    expect(idOf([{ ...elsewhere, geometry: null }])).toBe('elsewhere');
  });

  test('a hole in a footprint covers nothing', () => {
    const hole = box([30.9, -17.9, 31.1, -17.7]).coordinates[0] as number[][];
    const holed: Footprint = { type: 'Polygon', coordinates: [box(whole).coordinates[0] as number[][], hole] };
    expect(idOf([scene('holed', 0, whole, { geometry: holed }), scene('full', 50)])).toBe('full');
  });

  test('over the antimeridian, as bbox and as footprint', () => {
    const fiji: Aoi = { type: 'circle', lon: 179.9, lat: -17.8, radiusM: 2000 };
    const over: LonLatBox = [179.5, -18.3, -179.5, -17.3];
    expect(idOf([scene('bbox', 1, over, { geometry: null })], fiji)).toBe('bbox');
    expect(idOf([scene('polygon', 1, over)], fiji)).toBe('polygon');
    expect(idOf([scene('bbox', 1, over, { geometry: null }), scene('polygon', 0, over)], aoi)).toBeNull();
  });

  test('of an area that is thinner than the sampling there is one too', () => {
    const thin: Aoi = {
      type: 'polygons',
      polygons: [
        [
          [
            [31, -17.8],
            [31.05, -17.75],
            [31.05001, -17.75],
            [31, -17.8],
          ],
        ],
      ],
    };
    expect(idOf([scene('a', 1)], thin)).toBe('a');
  });

  test('nowhere near, or no scene at all: none', () => {
    expect(idOf([scene('far', 0, [10, 50, 11, 51])])).toBeNull();
    expect(idOf([])).toBeNull();
  });

  test('what is told of it is id, date and clouds', () => {
    expect(clearestOf(scene('a', 7))).toEqual({ id: 'a', datetime: '2022-01-01T08:00:00Z', cloudCover: 7 });
    expect(clearestOf(null)).toBeNull();
  });
});
