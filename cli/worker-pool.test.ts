import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { madeSeason } from '#shared/testing/made-season.ts';
import { mustRun, runCli } from '#shared/testing/run-cli.ts';
import { innerCorners, writeSquares } from '#shared/testing/season-areas.ts';
import { SeasonCopy } from '#shared/testing/season-copy.ts';
import { tinyHome, workFolder } from '#shared/testing/work-folder.ts';

const folder = workFolder('worker-pool');
const home = tinyHome(folder);
let copy: SeasonCopy;
let aoi: string;

beforeAll(async () => {
  copy = new SeasonCopy((await madeSeason(3, 2, 10)).out, join(folder, 'season'));
  aoi = writeSquares(join(folder, 'aoi.geojson'), innerCorners, 400);
}, 180_000);

const command = (workers: number) => [
  'map',
  '--stac',
  copy.root,
  '--aoi',
  aoi,
  '--year',
  '2019',
  '--season',
  'northern-summer',
  '--model',
  'tiny',
  '--workers',
  String(workers),
  '--out',
  join(folder, 'out'),
];
const parts = () => {
  const kept = join(folder, '.out.partial', 'parts');
  return existsSync(kept) ? readdirSync(kept).filter((name) => name.endsWith('.tif')).length : 0;
};

test('the first failure ends all threads; the next run can do without the scene', { timeout: 60_000 }, async () => {
  // An eastern scene: of the six chunks only the two western ones can be computed without it.
  const broken = copy.scenes.findIndex(({ id }) => id.includes('_32UKB_2019'));
  const { id } = copy.scenes[broken];
  copy.replace(broken, 'B03.tif', 'gone');
  const two = await runCli(command(2), { home });
  expect([two.code, two.stderr]).toEqual([1, expect.stringContaining(`scene ${id}: `)]);
  // With all threads stopped, the western chunks were not finished either.
  expect(parts()).toBeLessThan(2);
  const { stdout } = await mustRun([...command(2), '--on-broken-scene', 'skip', '--json'], { home });
  expect(JSON.parse(stdout)).toMatchObject({
    chunks: { total: 6, reused: 0 },
    scenes: { skipped: expect.arrayContaining([{ id, reason: expect.any(String) }]) },
  });
});
