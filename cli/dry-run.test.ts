import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { madeSeason } from '#shared/testing/made-season.ts';
import { mustRun } from '#shared/testing/run-cli.ts';
import { innerCorners, writeSquares } from '#shared/testing/season-areas.ts';
import { demoSeason } from '#shared/testing/season-copy.ts';
import { serveFolder } from '#shared/testing/static-server.ts';
import { tinyHome, workFolder } from '#shared/testing/work-folder.ts';

const folder = workFolder('dry-run');
const home = tinyHome(folder);
const when = ['--year', '2019', '--season', 'northern-summer', '--model', 'tiny', '--workers', '2'];
let seasons: { name: string; root: string; area: string[] }[];

beforeAll(async () => {
  const { out } = await madeSeason(3, 2, 10);
  const aoi = writeSquares(join(folder, 'aoi.geojson'), [innerCorners[0]], 400);
  seasons = [
    { name: 'demo', root: demoSeason, area: ['--at', '4.063,50.746,300'] },
    { name: 'made', root: out, area: ['--aoi', aoi] },
  ];
}, 180_000);

const mapBytes = (name: string) => readFileSync(join(folder, name, 'map.tif'));

test('a dry run says what a map would cost and writes nothing', async () => {
  const cwd = join(folder, 'cwd');
  mkdirSync(cwd);
  const before = readdirSync(home, { recursive: true });
  const args = ['map', '--stac', demoSeason, '--at', '4.063,50.746,300', ...when, '--dry-run', '--out', 'flanders'];
  const { stdout } = await mustRun(args, { home, cwd });
  expect(stdout).toMatch(
    /scenes +41 \(0 skipped\), in 1 chunk: 41 scene reads\npixels +2,824 of 10 m\nto read +about [\d.]+ MB\ntime +about \d+ s with 1 worker/,
  );
  expect(stdout).toContain('Nothing was written.');
  expect([readdirSync(cwd), readdirSync(home, { recursive: true })]).toEqual([[], before]);
});

describe.each([0, 1])('season %d over HTTP', (index) => {
  test(
    'gives the bytes of the directory, and reads what the dry run foresaw, within a factor of two',
    { timeout: 90_000 },
    async () => {
      const { name, root, area } = seasons[index];
      const { address, traffic } = await serveFolder(root);
      const mapOf = (stac: string) => ['map', '--stac', stac, ...area, ...when];
      const quote = JSON.parse((await mustRun([...mapOf(address), '--dry-run', '--json'], { home })).stdout);
      const asked = traffic.bytes.tif;
      await mustRun([...mapOf(address), '--out', join(folder, `${name}-http`)], { home });
      const read = traffic.bytes.tif - asked;
      await mustRun([...mapOf(root), '--out', join(folder, `${name}-files`)], { home });
      expect(mapBytes(`${name}-http`).equals(mapBytes(`${name}-files`))).toBe(true);
      expect(quote.bytes / read).toBeGreaterThan(0.5);
      expect(quote.bytes / read).toBeLessThan(2);
      expect(asked).toBeLessThan(read);
    },
  );
});
