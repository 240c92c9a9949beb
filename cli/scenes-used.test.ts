import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import type { Report } from '#shared/domain/report.ts';
import { madeSeason } from '#shared/testing/made-season.ts';
import { mustRun } from '#shared/testing/run-cli.ts';
import { innerCorners, writeSquares } from '#shared/testing/season-areas.ts';
import { SeasonCopy } from '#shared/testing/season-copy.ts';
import { tinyHome, workFolder } from '#shared/testing/work-folder.ts';

const folder = workFolder('scenes-used');
const home = tinyHome(folder);
let season: string;

beforeAll(async () => {
  season = (await madeSeason(3, 2, 10)).out;
}, 180_000);

async function map(stac: string, aoi: string, out: string): Promise<Report> {
  const options = ['--year', '2019', '--season', 'northern-summer', '--model', 'tiny', '--workers', '2'];
  await mustRun(['map', '--stac', stac, '--aoi', aoi, ...options, '--out', join(folder, out)], { home });
  return JSON.parse(readFileSync(join(folder, out, 'report.json'), 'utf8'));
}

/** Between the western tile's edge and 6 degrees east: the grid is that of zone 31, the scenes are of zone 32. */
const easternPlace = [[711_230, innerCorners[0][1]]] as const;

test('scenes in another UTM zone are warped onto the grid', { timeout: 60_000 }, async () => {
  const copy = new SeasonCopy(season, join(folder, 'zone-32'), (id) => id.includes('_32UKB_'));
  expect(copy.scenes.length).toBeGreaterThan(10);
  const aoi = writeSquares(join(folder, 'east.geojson'), easternPlace, 300);
  const report = await map(copy.root, aoi, 'east');
  expect(report.grid.epsg).toBe(32631);
  expect(report.pixels).toEqual({ total: 3600, valid: 3600, nodata: 0 });
  expect(report.scenes.used.every(({ id }) => id.includes('_32UKB_'))).toBe(true);
  expect(report.scenes.used.filter(({ validPixels }) => validPixels > 3000).length).toBeGreaterThan(2);
});

test('of two processing baselines the older is dropped, and the report says so', { timeout: 60_000 }, async () => {
  const aoi = writeSquares(join(folder, 'corners.geojson'), innerCorners, 200);
  const both = await map(season, aoi, 'both');
  expect(both.scenes.skipped).toHaveLength(2);
  for (const { id, reason } of both.scenes.skipped) {
    expect(id).toMatch(/_20190401_0_L2A$/);
    expect(reason).toContain(id.replace('_0_L2A', '_1_L2A'));
    expect(reason).toMatch(/02\.07.*02\.11/);
  }
  const copy = new SeasonCopy(season, join(folder, 'one-baseline'), (id) => id.endsWith('_1_L2A'));
  const without = await map(copy.root, aoi, 'without');
  expect(without.scenes.skipped).toEqual([]);
  const files = ['both', 'without'].map((name) => readFileSync(join(folder, name, 'map.tif')));
  expect(files[0].equals(files[1])).toBe(true);
});
