import { expect, test } from 'vitest';
import { backOffMs } from './retry-tiles.ts';
import { swipeByKey } from './swipe-handle.tsx';
import { tileUrl } from './tile-url.ts';

test('the address of a tile says which layer, how dense and with which key', () => {
  expect(tileUrl({ id: 'dw-zim-summer-2021' }, [9, 300, 281], false)).toBe(
    '/tiles/WebMercatorQuad/9/300/281.webp?layer=dw-zim-summer-2021',
  );
  expect(tileUrl({ id: 'a&b=<c>', share: 'x/y+z' }, [0, 0, 0], true)).toBe(
    '/tiles/WebMercatorQuad/0/0/0@2x.webp?layer=a%26b%3D%3Cc%3E&share=x%2Fy%2Bz',
  );
});

test('a tile that fails is asked for ever more rarely, never less than twice a minute', () => {
  expect([0, 1, 2, 3, 4, 5, 60].map(backOffMs)).toEqual([1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
});

test('the swipe line follows the keys of a slider and stays on the map', () => {
  expect(swipeByKey('ArrowRight', 0.5)).toBeCloseTo(0.52);
  expect(swipeByKey('PageDown', 0.05)).toBe(0);
  expect(swipeByKey('End', 0.3)).toBe(1);
  expect(swipeByKey('Tab', 0.3)).toBeNull();
});
