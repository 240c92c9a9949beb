import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Report } from '#shared/domain/report.ts';
import { gdalTest, runPython } from '#shared/testing/fixtures/cog/gdal.ts';
import { mustRun, runCli } from '#shared/testing/run-cli.ts';
import { workFolder } from '#shared/testing/work-folder.ts';

const folder = workFolder('demo');
const home = join(folder, 'home');
const out = join(home, 'demo');
const reportOf = (path: string) => JSON.parse(readFileSync(join(path, 'report.json'), 'utf8')) as Report;

test('maps the demo season as a user calls it, well enough, and says what it found', { timeout: 60_000 }, async () => {
  const { stdout, stderr } = await mustRun(['demo'], { home, asUser: true });
  const { agreement, pixels } = reportOf(out);
  expect(agreement!.share).toBeGreaterThanOrEqual(0.85);
  expect(agreement!.labelled).toBeGreaterThan(2000);
  expect(pixels.total).toBeGreaterThan(2800);
  for (const wanted of [
    /Winter cereal +[\d.]+ +[\d.]+ %/,
    /pixels +[\d,]+ in the area: [\d,]+ valid, [\d,]+ no data/,
    /scenes +41 used \(2019-03-07 to 2019-11-27\), 0 skipped/,
    /time +[\d.]+ s with \d+ workers?; peak memory [\d,]+ MB in the largest process that computes, [\d,]+ MB in the main one/,
    /labels +8\d\.\d % of [\d,]+ labelled pixels agree/,
  ])
    expect(stdout).toMatch(wanted);
  expect(stdout).toContain(join(out, 'map.tif'));
  expect(stdout).toContain(join(out, 'map.png'));
  expect(stderr).toMatch(/\[=+ *\] \d+ % +\d+\/41 scene reads/);
});

/** The labels and the map laid over one another by GDAL: labelled pixels of the circle, and those that are right. */
const compare = `
import sys, json, numpy as np
from osgeo import gdal
labels, map = [gdal.Open(path) for path in sys.argv[1:3]]
names = json.loads(sys.argv[3])
wanted = {1110: 'winter_cereal', 1500: 'winter_cereal', 1510: 'winter_cereal', 1200: 'maize', 9120: 'grassland', 5100: 'potato'}
g, m = labels.GetGeoTransform(), map.GetGeoTransform()
col, row = int((g[0] - m[0]) / 10), int((m[3] - g[3]) / 10)
seen = map.GetRasterBand(1).ReadAsArray(col, row, labels.RasterXSize, labels.RasterYSize)
truth = labels.ReadAsArray()
use = (truth != 0) & (seen != 0)
right = sum(names[s - 1] == wanted.get(int(t), 'other') for s, t in zip(seen[use], truth[use]))
print(json.dumps([int(use.sum()), int(right)]))
`;

gdalTest('the agreement is the one that GDAL and numpy find', async () => {
  if (!existsSync(out)) await mustRun(['demo'], { home });
  const { agreement, classes, pixels } = reportOf(out);
  const labels = new URL('../samples/season-flanders-2019/labels_CT.tif', import.meta.url).pathname;
  const names = JSON.stringify(classes.map(({ name }) => name));
  expect(pixels.nodata).toBe(0);
  const seen = JSON.parse(await runPython(['-c', compare, labels, join(out, 'map.tif'), names]));
  expect([agreement!.labelled, agreement!.right]).toEqual(seen);
});

test('runs again over its own result, but over nothing else', { timeout: 60_000 }, async () => {
  const first = readFileSync(join(out, 'map.tif'));
  const { stdout } = await mustRun(['demo', '--json'], { home });
  expect(JSON.parse(stdout)).toMatchObject({ folder: out, agreement: { labelled: expect.any(Number) } });
  expect(readFileSync(join(out, 'map.tif')).equals(first)).toBe(true);
  const refused = await runCli(['demo', '--out', out], { home });
  expect(refused).toMatchObject({ code: 3, stderr: expect.stringContaining('holds a result already') });
  expect(await runCli(['demo', '--out', out, '--force'], { home })).toMatchObject({ code: 0 });
  writeFileSync(join(out, 'my-notes.txt'), 'keep me');
  const { code, stderr } = await runCli(['demo'], { home });
  expect([code, stderr]).toEqual([
    3,
    expect.stringMatching(/holds other things than a result of geocrop \(my-notes\.txt\)/),
  ]);
  expect(readFileSync(join(out, 'my-notes.txt'), 'utf8')).toBe('keep me');
});
