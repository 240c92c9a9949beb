import { describe, expect, test } from 'vitest';
import { readFixture, unpackMask } from '#shared/testing/fixtures/domain/read.ts';
import { aoiMask } from './aoi-mask.ts';
import { aoiBox, aoiEpsg, degreesOfBox, type Aoi } from './aoi.ts';
import type { Box, GridWindow } from './grid.ts';
import type { Position } from './ring.ts';

interface Masked {
  window: GridWindow;
  mask: string;
}
const polygons = readFixture<(Masked & { name: string; polygons: Position[][][] })[]>('polygon-masks.json');
const circles = readFixture<(Masked & { lon: number; lat: number; radiusM: number })[]>('circle-masks.json');

/** Positions of the pixels on which the mask and the judge differ. */
function differences(aoi: Aoi, { window, mask }: Masked): number[] {
  const actual = aoiMask(aoi, window);
  const expected = unpackMask(mask, window.width * window.height);
  expect(actual.length).toBe(expected.length);
  return [...expected.keys()].filter((at) => actual[at] !== expected[at]);
}

describe('pixels of polygons are those that GDAL burns by their centres', () => {
  test.each(polygons.map((each) => [each.name, each] as const))('%s', (_name, each) => {
    expect(differences({ type: 'polygons', polygons: each.polygons }, each)).toEqual([]);
  });

  test('the cases hold areas, holes and slivers that hit something', () => {
    const burnt = polygons.map(({ window, mask }) =>
      unpackMask(mask, window.width * window.height).reduce((sum, pixel) => sum + pixel, 0),
    );
    expect(burnt.filter((pixels) => pixels > 0).length).toBeGreaterThanOrEqual(40);
    expect(burnt.filter((pixels) => pixels === 0).length).toBeGreaterThanOrEqual(5);
  });
});

describe('pixels of circles are those whose centre lies within the radius', () => {
  test.each(circles.map((each) => [each.radiusM, each.window.epsg, each] as const))(
    '%d m on EPSG:%d',
    (radiusM, epsg, each) => {
      const aoi: Aoi = { type: 'circle', lon: each.lon, lat: each.lat, radiusM };
      expect(aoiEpsg(aoi)).toBe(epsg);
      expect(differences(aoi, each)).toEqual([]);
    },
  );
});

test('a chunk of a mask is the same piece of a larger window', () => {
  const { window, polygons: rings } = polygons[0];
  const aoi: Aoi = { type: 'polygons', polygons: rings };
  const whole = aoiMask(aoi, window);
  const [col, row, width, height] = [31, 17, 40, 30];
  const part = aoiMask(aoi, {
    ...window,
    originX: window.originX + 10 * col,
    originY: window.originY - 10 * row,
    width,
    height,
  });
  const cut = Array.from(
    { length: width * height },
    (_, at) => whole[(row + Math.floor(at / width)) * window.width + col + (at % width)],
  );
  expect([...part]).toEqual(cut);
  expect(new Set(cut)).toEqual(new Set([0, 1]));
});

describe('boxes', () => {
  const boxes = readFixture<[epsg: number, box: Box, degrees: Box][]>('boxes.json');

  test.each(boxes)('on EPSG:%d %j is the degrees that PROJ gives it', (epsg, box, [west, south, east, north]) => {
    const actual = degreesOfBox(epsg, box);
    const nanodegrees = 1e9;
    [west, south, east, north].forEach((side, i) =>
      expect(Math.abs(actual[i] - side) * nanodegrees, `side ${i}`).toBeLessThan(1),
    );
  });

  test('of a circle is its centre plus and minus its radius', () => {
    const { lon, lat, radiusM } = circles[0];
    const [west, south, east, north] = aoiBox({ type: 'circle', lon, lat, radiusM });
    expect(east - west).toBeCloseTo(2 * radiusM, 6);
    expect(north - south).toBeCloseTo(2 * radiusM, 6);
  });
});
