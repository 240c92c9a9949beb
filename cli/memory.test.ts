import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Report } from '#shared/domain/report.ts';
import { chunkMetres } from '#shared/domain/grid.ts';
import { madeSeason } from '#shared/testing/made-season.ts';
import { mustRun } from '#shared/testing/run-cli.ts';
import { writeSquares } from '#shared/testing/season-areas.ts';
import { workFolder } from '#shared/testing/work-folder.ts';

const folder = workFolder('memory');

test('a worker with a full chunk of 60 scenes stays under 2 GB', { timeout: 300_000 }, async () => {
  const { out, chunks } = await madeSeason(1, 1, 30);
  const [{ col, row }] = chunks;
  const half = chunkMetres / 2;
  // A metre less, so that rounding does not reach into the next chunk; every pixel's centre is still inside.
  const aoi = writeSquares(
    join(folder, 'chunk.geojson'),
    [[col * chunkMetres + half, row * chunkMetres + half]],
    half - 1,
  );
  const args = ['map', '--stac', out, '--aoi', aoi, '--year', '2019', '--season', 'northern-summer', '--workers', '1'];
  await mustRun([...args, '--out', join(folder, 'map')], { home: join(folder, 'home') });
  const report = JSON.parse(readFileSync(join(folder, 'map', 'report.json'), 'utf8')) as Report;
  expect(report.pixels.total).toBe(512 * 512);
  expect(report.chunks.total).toBe(1);
  expect(report.scenes.used.length).toBeGreaterThanOrEqual(60);
  expect(report.peakMemoryBytes.worker).toBeGreaterThan(100e6);
  expect(report.peakMemoryBytes.worker).toBeLessThan(2e9);
  expect(report.peakMemoryBytes.main).toBeLessThan(1e9);
});
