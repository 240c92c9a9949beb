import { describe, expect, test } from 'vitest';
import { GeoCropError } from './errors.ts';
import { assertInGrid, chunksExtent, chunksOfBox, chunkWindow, gridEpsg, windowBox } from './grid.ts';

const outside = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    expect(error).toBeInstanceOf(GeoCropError);
    expect(error).toMatchObject({ code: 'outside-grid', kind: 'refused', field: 'aoi' });
    return (error as Error).message;
  }
  throw new Error('was not refused');
};

describe('the grid of a centre', () => {
  test.each([
    [4.063, 50.746, 32631],
    [30.9, -17.8, 32736],
    [31.05, 0, 32636],
    [31.05, -0.0001, 32736],
    [-180, 10, 32601],
    [180, -10, 32760],
    [5, 60, 32631],
    [15, 80, 32633],
    [15, -80, 32733],
  ])('of %d, %d is EPSG:%d', (lon, lat, epsg) => expect(gridEpsg(lon, lat)).toBe(epsg));

  test('ends at 80 degrees of latitude', () => {
    expect(outside(() => gridEpsg(15, 80.0001))).toContain('80.0001');
    expect(outside(() => gridEpsg(15, -80.5))).toContain('beyond 80 degrees');
  });
});

describe('an area may reach', () => {
  test.each([
    [32631, 7, 50],
    [32631, -1, -50],
    [32660, -179, 10],
    [32660, 181, 10],
    [32601, 179, 10],
    [32601, -181, 10],
    [32736, 29, -80],
    [32636, 37, 80],
  ])('on EPSG:%d to %d, %d', (epsg, lon, lat) => expect(() => assertInGrid(epsg, lon, lat)).not.toThrow());

  test.each([
    [32631, 7.0001, 50],
    [32631, -1.0001, 50],
    [32660, -178.9, 10],
    [32601, 178.9, 10],
    [32631, 183, 10],
    [32736, 33, -80.0001],
    [32636, 33, 80.0001],
  ])('but not on EPSG:%d to %d, %d', (epsg, lon, lat) => {
    const message = outside(() => assertInGrid(epsg, lon, lat));
    expect(message).toContain(`EPSG:${epsg}`);
    expect(message).toContain('map it in smaller pieces');
  });
});

test('a chunk is 512 pixels of 10 m between multiples of 5120 m, rows growing northward', () => {
  const chunk = { epsg: 32631, col: 112, row: 1098 };
  const window = chunkWindow(chunk);
  expect(window).toEqual({
    epsg: 32631,
    originX: 573440,
    originY: 5626880,
    pixelSize: 10,
    width: 512,
    height: 512,
  });
  expect(windowBox(window)).toEqual([573440, 5621760, 578560, 5626880]);
});

test('a halo widens a chunk on every side', () => {
  const window = chunkWindow({ epsg: 32735, col: 0, row: -1 }, 3);
  expect(window).toEqual({ epsg: 32735, originX: -30, originY: 30, pixelSize: 10, width: 518, height: 518 });
  expect(windowBox(window)).toEqual([-30, -5150, 5150, 30]);
});

describe('the chunks of a box', () => {
  const names = (box: [number, number, number, number]) => chunksOfBox(32631, box).map(({ col, row }) => [col, row]);

  test('one that it fills to the edges is the only one', () => {
    expect(names([573440, 5621760, 578560, 5626880])).toEqual([[112, 1098]]);
  });
  test('a millimetre over a line reaches the next chunk, on each side', () => {
    expect(names([573439.999, 5621760, 578560, 5626880])).toEqual([
      [111, 1098],
      [112, 1098],
    ]);
    expect(names([573440, 5621760, 578560.001, 5626880])).toEqual([
      [112, 1098],
      [113, 1098],
    ]);
    expect(names([573440, 5621759.999, 578560, 5626880])).toEqual([
      [112, 1098],
      [112, 1097],
    ]);
    expect(names([573440, 5621760, 578560, 5626880.001])).toEqual([
      [112, 1099],
      [112, 1098],
    ]);
  });
  test('row by row from the north-west', () => {
    expect(names([-1, -1, 1, 1])).toEqual([
      [-1, 0],
      [0, 0],
      [-1, -1],
      [0, -1],
    ]);
  });
});

test('the extent of chunks is their chunk-aligned box, gaps included', () => {
  const chunk = (col: number, row: number) => ({ epsg: 32735, col, row });
  expect(chunksExtent([chunk(5, 1600), chunk(7, 1598)])).toEqual({
    epsg: 32735,
    originX: 25600,
    originY: 8197120,
    pixelSize: 10,
    width: 1536,
    height: 1536,
  });
  expect(chunksExtent([chunk(112, 1098)])).toEqual(chunkWindow(chunk(112, 1098)));
});
