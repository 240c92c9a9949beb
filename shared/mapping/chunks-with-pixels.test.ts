import { expect, test } from 'vitest';
import type { Aoi } from '#shared/domain/aoi.ts';
import type { Position } from '#shared/domain/ring.ts';
import { chunksWithPixels } from './chunks-with-pixels.ts';

const field = (lon: number, lat: number): Position[][] => [
  [
    [lon, lat],
    [lon + 0.002, lat],
    [lon + 0.002, lat + 0.002],
    [lon, lat + 0.002],
    [lon, lat],
  ],
];
const polygons = Array.from({ length: 900 }, (_, i) => field(4 + 0.05 * (i % 30), 50 + 0.033 * Math.floor(i / 30)));
const manyFields: Aoi = { type: 'polygons', polygons };

test('many fields in many chunks leave turns to others, and end with the signal', async () => {
  let turns = 0;
  const leaving = new AbortController();
  const counting = setInterval(() => ++turns === 3 && leaving.abort('the client has left'), 1);
  await expect(chunksWithPixels(manyFields, leaving.signal)).rejects.toBe('the client has left');
  clearInterval(counting);
  expect(turns).toBeLessThan(10);
});

test('every field is in some chunk, its area in pixels', async () => {
  const chunks = await chunksWithPixels(manyFields);
  expect(chunks.length).toBeGreaterThan(400);
  const metres = 111_320 * 0.002;
  const expected = polygons.reduce(
    (sum, [[, , [, lat]]]) => sum + (metres ** 2 * Math.cos((lat * Math.PI) / 180)) / 100,
    0,
  );
  expect(chunks.reduce((sum, { pixels }) => sum + pixels, 0) / expected).toBeCloseTo(1, 1);
});
