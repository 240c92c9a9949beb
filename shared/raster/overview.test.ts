import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { gdalTest, runPython } from '#shared/testing/fixtures/cog/gdal.ts';
import { overviewSizes, reduceClasses, reduceMean } from './overview.ts';

const two = { width: 2, height: 2 };
const reduce = (classes: number[], confidence: number[], size = two) => {
  const pair = reduceClasses({ classes: Uint8Array.from(classes), confidence: Uint8Array.from(confidence) }, size);
  return [[...pair.classes], [...pair.confidence]];
};

describe('classes', () => {
  test.each([
    ['the mode', [1, 2, 2, 3], [90, 40, 43, 99], 2, 42],
    ['nodata does not count', [0, 0, 0, 4], [0, 0, 0, 61], 4, 61],
    ['nodata does not win', [0, 0, 7, 8], [0, 0, 50, 51], 8, 51],
    ['a tie goes to the larger confidence', [5, 5, 6, 6], [50, 51, 60, 30], 5, 51],
    ['a full tie goes to the lower value', [6, 6, 5, 5], [50, 40, 45, 45], 5, 45],
    ['four classes', [9, 8, 7, 6], [10, 20, 20, 19], 7, 20],
    ['nothing valid', [0, 0, 0, 0], [0, 0, 0, 0], 0, 0],
    ['half rounds up', [1, 1, 0, 0], [10, 11, 0, 0], 1, 11],
  ])('%s', (_, classes, confidence, value, mean) => {
    expect(reduce(classes, confidence)).toEqual([[value], [mean]]);
  });

  test('an odd size keeps its last row and column', () => {
    const classes = [1, 1, 2, 1, 3, 4, 5, 5, 6];
    expect(reduce(classes, [10, 20, 30, 40, 50, 60, 70, 71, 80], { width: 3, height: 3 })).toEqual([
      [1, 4, 5, 6],
      [23, 60, 71, 80],
    ]);
  });

  gdalTest("the mode is GDAL's where there is no tie", async () => {
    const side = 256;
    // Three of a kind and a stranger, a pair and two strangers, a whole block: never a tie.
    const kinds = [
      [0, 0, 0, 1],
      [0, 1, 0, 2],
      [0, 0, 0, 0],
      [1, 2, 0, 0],
    ];
    const classes = new Uint8Array(side * side);
    for (let y = 0; y < side; y += 2)
      for (let x = 0; x < side; x += 2) {
        const block = (x * 13 + y * 7) / 2 + ((x * y) >> 5);
        const value = 1 + (((x * 5 + y * 3) / 2) % 8);
        [0, 1, side, side + 1].forEach((at, i) => {
          classes[y * side + x + at] = block % 9 === 0 ? 0 : (value + kinds[block % 4][i]) % 9;
        });
      }
    const folder = mkdtempSync(join(tmpdir(), 'overview-'));
    try {
      writeFileSync(join(folder, 'in.raw'), classes);
      await runPython(['-c', gdalMode, folder, String(side)]);
      const ours = reduceClasses(
        { classes, confidence: new Uint8Array(side * side).fill(50) },
        { width: side, height: side },
      );
      expect(Buffer.from(ours.classes).equals(readFileSync(join(folder, 'out.raw')))).toBe(true);
      expect(new Set(ours.classes).size).toBe(9);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

const gdalMode = `
import sys, numpy
from osgeo import gdal
folder, side = sys.argv[1], int(sys.argv[2])
d = gdal.GetDriverByName('GTiff').Create(folder + '/in.tif', side, side, 1, gdal.GDT_Byte)
d.GetRasterBand(1).SetNoDataValue(0)
d.GetRasterBand(1).WriteArray(numpy.fromfile(folder + '/in.raw', 'u1').reshape(side, side))
d.BuildOverviews('MODE', [2])
d.GetRasterBand(1).GetOverview(0).ReadAsArray().tofile(folder + '/out.raw')
`;

describe('means', () => {
  test('of what is valid', () => {
    expect([...reduceMean(Float32Array.of(1, 2, NaN, 4.5), two, NaN)]).toEqual([2.5]);
    expect([...reduceMean(Float32Array.of(NaN, NaN, NaN, NaN), two, NaN)]).toEqual([NaN]);
    expect([...reduceMean(Uint8Array.of(255, 10, 255, 13), two, 255)]).toEqual([12]);
    expect([...reduceMean(Uint16Array.of(0, 0, 0, 0), two, 0)]).toEqual([0]);
  });
  test('on an odd size', () => {
    expect([...reduceMean(Float32Array.of(1, 3, 8), { width: 3, height: 1 }, NaN)]).toEqual([2, 8]);
  });
});

test.each([
  [512, 512, []],
  [1, 1, []],
  [513, 10, [[257, 5]]],
  [
    1536,
    1024,
    [
      [768, 512],
      [384, 256],
    ],
  ],
  [
    512,
    5120,
    [
      [256, 2560],
      [128, 1280],
      [64, 640],
      [32, 320],
    ],
  ],
])('overviews of %i x %i', (width, height, sizes) => {
  expect(overviewSizes(width, height).map((size) => [size.width, size.height])).toEqual(sizes);
});
