import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { madeSeason } from '#shared/testing/made-season.ts';
import { mustRun } from '#shared/testing/run-cli.ts';
import { innerCorners, writeSquares } from '#shared/testing/season-areas.ts';
import { tinyHome, workFolder } from '#shared/testing/work-folder.ts';

const folder = workFolder('same-bytes');
const home = tinyHome(folder);
let base: string[];

beforeAll(async () => {
  const { out } = await madeSeason(3, 2, 10);
  const aoi = writeSquares(join(folder, 'aoi.geojson'), innerCorners, 400);
  base = ['map', '--stac', out, '--aoi', aoi, '--year', '2019', '--season', 'northern-summer'];
}, 180_000);

async function mapOf(name: string, ...options: string[]) {
  const out = join(folder, name);
  await mustRun([...base, '--out', out, ...options], { home });
  const bytes = readFileSync(join(out, 'map.tif'));
  return { bytes, report: JSON.parse(readFileSync(join(out, 'report.json'), 'utf8')) };
}

test('the same job gives the same bytes with one worker and with four', { timeout: 90_000 }, async () => {
  const one = await mapOf('one', '--model', 'tiny', '--workers', '1');
  const four = await mapOf('four', '--model', 'tiny', '--workers', '4');
  expect(one.report.chunks).toEqual({ total: 6, computed: 6, reused: 0 });
  expect([one.report.workers, four.report.workers]).toEqual([1, 4]);
  expect(one.report.pixels.valid).toBeGreaterThan(12_000);
  expect(four.bytes.equals(one.bytes)).toBe(true);
});

test('so does the model that comes with the program, over more chunks than workers', { timeout: 90_000 }, async () => {
  const one = await mapOf('real-one', '--workers', '1');
  const three = await mapOf('real-three', '--workers', '3');
  expect(new Set(one.report.classes.filter((each: { pixels: number }) => each.pixels > 0)).size).toBeGreaterThan(2);
  expect(three.bytes.equals(one.bytes)).toBe(true);
});
