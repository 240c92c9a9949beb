import { describe, expect, test } from 'vitest';
import { chunkPixels, chunkWindow } from '#shared/domain/grid.ts';
import type { Aoi } from '#shared/domain/aoi.ts';
import { chunkMask, chunkPixelsOf } from './chunk-pixels.ts';

const chunk = { epsg: 32631, col: 112, row: 1098 };
const circle = (lon: number, lat: number, radiusM: number): Aoi => ({ type: 'circle', lon, lat, radiusM });

/** Pixels at most `halo` columns and rows away from the mask, and their neighbours of 20 m: "col,row" of the chunk. */
function wanted(mask: Uint8Array, halo: number): Set<string> {
  const out = new Set<string>();
  for (let at = 0; at < mask.length; at++) {
    if (!mask[at]) continue;
    const [row, col] = [Math.floor(at / chunkPixels), at % chunkPixels];
    for (let dy = -halo; dy <= halo; dy++)
      for (let dx = -halo; dx <= halo; dx++) {
        const left = 2 * Math.floor((col + dx) / 2);
        out.add(`${left},${row + dy}`).add(`${left + 1},${row + dy}`);
      }
  }
  return out;
}

describe.each([
  ['a corner of a large circle', circle(4.063, 50.746, 5000), 3],
  ['a small circle', circle(4.0631, 50.7461, 90), 3],
  ['a small circle without smoothing', circle(4.0631, 50.7461, 90), 0],
  ['a circle with the widest smoothing', circle(4.0631, 50.7461, 400), 15],
])('%s', (_, aoi, halo) => {
  const { window, positions, mask, chunkCol, chunkRow } = chunkPixelsOf(aoi, chunk, halo);
  const places = [...positions].map((at) => {
    return { col: (at % window.width) - chunkCol, row: Math.floor(at / window.width) - chunkRow };
  });

  test('computes the area, what smoothing reads, and whole pixels of 20 m', () => {
    expect(mask).toEqual(chunkMask(aoi, chunk));
    expect(mask.includes(1)).toBe(true);
    const found = new Set(places.map(({ col, row }) => `${col},${row}`));
    expect(found.size).toBe(positions.length);
    expect(found).toEqual(wanted(mask, halo));
  });

  test('in the smallest window that holds them', () => {
    const cols = places.map(({ col }) => col + chunkCol);
    const rows = places.map(({ row }) => row + chunkRow);
    const ends = (values: number[]) => values.reduce(([a, b], v) => [Math.min(a, v), Math.max(b, v)], [Infinity, 0]);
    expect([ends(cols), ends(rows)]).toEqual([
      [0, window.width - 1],
      [0, window.height - 1],
    ]);
    const whole = chunkWindow(chunk);
    expect([window.originX, window.originY]).toEqual([
      whole.originX - chunkCol * whole.pixelSize,
      whole.originY + chunkRow * whole.pixelSize,
    ]);
  });
});
