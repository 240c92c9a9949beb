import { describe, expect, test } from 'vitest';
import type { Aoi } from '#shared/domain/aoi.ts';
import { previewWindow } from './preview-window.ts';

const circle = (radiusM: number): Aoi => ({ type: 'circle', lon: 31, lat: -17.8, radiusM });
/** A box round 31 E, 17.8 S, so many degrees to each side. */
const box = (lon: number, lat: number): Aoi => ({
  type: 'polygons',
  polygons: [
    [
      [
        [31 - lon, -17.8 - lat],
        [31 + lon, -17.8 - lat],
        [31 + lon, -17.8 + lat],
        [31 - lon, -17.8 + lat],
        [31 - lon, -17.8 - lat],
      ],
    ],
  ],
});

describe('the window of a preview', () => {
  test('is not there for an area of up to 128 x 128 pixels of 10 m', () => {
    expect(previewWindow(circle(300))).toBeNull();
    expect(previewWindow(circle(630))).toBeNull();
    expect(previewWindow(circle(660))).not.toBeNull();
  });

  test.each([
    [1000, 20],
    [1260, 20],
    [1300, 40],
    [5000, 80],
    [10_000, 160],
    [25_000, 640],
  ])('of a radius of %i m has pixels of %i m', (radius, pixelSize) => {
    const window = previewWindow(circle(radius))!;
    expect(window.pixelSize).toBe(pixelSize);
    expect(window.width * window.height).toBeLessThanOrEqual(128 * 128);
  });

  test('holds the area, and its lines are multiples of its pixels', () => {
    const { epsg, originX, originY, pixelSize, width, height } = previewWindow(circle(5000))!;
    expect(epsg).toBe(32736);
    // The centre as PROJ has it, in metres of EPSG:32736.
    const [x, y] = [288_002.118, 8_030_810.035];
    expect([originX % pixelSize, originY % pixelSize]).toEqual([0, 0]);
    for (const [low, high, at] of [
      [originX, originX + width * pixelSize, x],
      [originY - height * pixelSize, originY, y],
    ]) {
      expect(at - 5000 - low).toBeGreaterThanOrEqual(0);
      expect(at - 5000 - low).toBeLessThan(pixelSize);
      expect(high - at - 5000).toBeGreaterThanOrEqual(0);
      expect(high - at - 5000).toBeLessThan(pixelSize);
    }
  });

  test('of a long area counts all its pixels, not its longer side', () => {
    const window = previewWindow(box(0.4, 0.01))!;
    expect(window.width).toBeGreaterThan(128);
    expect(window.width * window.height).toBeLessThanOrEqual(128 * 128);
  });

  test('is not there for what is longer than a tile at the coarsest pixels', () => {
    expect(previewWindow(box(1.4, 0.1))).not.toBeNull();
    expect(previewWindow(box(0.1, 2))).toBeNull();
  });
});
