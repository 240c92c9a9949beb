import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { intersects } from './footprint.ts';
import type { Footprint, LonLatBox } from './scene.ts';

interface Judged {
  name: string;
  bbox: LonLatBox;
  geometry: Footprint;
  cases: { box: LonLatBox; intersects: boolean }[];
}
const judged = JSON.parse(
  readFileSync(new URL('../testing/fixtures/stac/footprints.json', import.meta.url), 'utf8'),
) as Judged[];

test.each(judged)('$name: as OGR judges', ({ bbox, geometry, cases }) => {
  const answers = cases.map(({ box }) => intersects({ bbox, geometry }, box));
  expect(answers).toEqual(cases.map((judgement) => judgement.intersects));
  expect(new Set(answers).size).toBe(2);
});

test('without a polygon the bbox decides', () => {
  const scene = { bbox: [10, 0, 11, 1] as LonLatBox, geometry: null };
  expect(intersects(scene, [10.5, 0.5, 10.6, 0.6])).toBe(true);
  expect(intersects(scene, [11.1, 0.5, 11.2, 0.6])).toBe(false);
  expect(intersects(scene, [10.5, 1.1, 10.6, 1.2])).toBe(false);
});

test('footprints over the antimeridian are found on both sides, and not elsewhere by bbox', () => {
  const scene = { bbox: [179.5, -1, -179.5, 0] as LonLatBox, geometry: null };
  expect(intersects(scene, [179.7, -0.5, 179.8, -0.4])).toBe(true);
  expect(intersects(scene, [-179.8, -0.5, -179.7, -0.4])).toBe(true);
  expect(intersects(scene, [30, -0.5, 31, -0.4])).toBe(false);
});
