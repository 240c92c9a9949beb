import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import { madeSeason } from '#shared/testing/made-season.ts';
import { mustRun, runCli, startCli } from '#shared/testing/run-cli.ts';
import { innerCorners, writeSquares } from '#shared/testing/season-areas.ts';
import { SeasonCopy } from '#shared/testing/season-copy.ts';
import { tinyHome, workFolder } from '#shared/testing/work-folder.ts';

const folder = workFolder('pack');
const home = tinyHome(folder);
const when = ['--year', '2019', '--season', 'northern-summer'];
const pack = join(folder, 'season-pack');
/** Where the two zones overlap and four chunks meet. */
let area: string[];
let season: string;

beforeAll(async () => {
  season = (await madeSeason(3, 2, 10)).out;
  area = ['--aoi', writeSquares(join(folder, 'aoi.geojson'), [[710_900, innerCorners[1][1]]], 400)];
  await mustRun(['pack', '--stac', season, ...area, ...when, '--out', pack], { home });
}, 240_000);

const packArgs = (out: string) => ['pack', '--stac', season, ...area, ...when, '--out', out, '--json'];

async function map(stac: string, name: string, place = area): Promise<Buffer> {
  await mustRun(['map', '--stac', stac, ...place, ...when, '--model', 'tiny', '--out', join(folder, name)], { home });
  return readFileSync(join(folder, name, 'map.tif'));
}

/** Every file of a pack with its bytes, as one text. */
const listing = (root: string) =>
  execFileSync('sh', ['-c', 'find . -type f | sort | xargs sha256sum'], { cwd: root, encoding: 'utf8' });

describe('a season pack', () => {
  test('gives the very map of its source', { timeout: 60_000 }, async () => {
    const [fromPack, fromSource] = [await map(pack, 'from-pack'), await map(season, 'from-source')];
    expect(fromPack.equals(fromSource)).toBe(true);
    const { pixels, scenes } = JSON.parse(readFileSync(join(folder, 'from-pack', 'report.json'), 'utf8'));
    expect(pixels.valid).toBe(6400);
    expect(new Set(scenes.used.map(({ id }: { id: string }) => id.split('_')[1]))).toEqual(new Set(['31UGS', '32UKB']));
  });

  test('carries items, licence and checksums that hold, and is small', () => {
    const sums = readFileSync(join(pack, 'SHA256SUMS'), 'utf8').trimEnd().split('\n');
    expect(execFileSync('sha256sum', ['--check', '--quiet', 'SHA256SUMS'], { cwd: pack, encoding: 'utf8' })).toBe('');
    const files = readdirSync(pack, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.tif'));
    expect(sums.map((line) => line.split('  ')[1]).toSorted()).toEqual(files.toSorted());
    expect(readFileSync(join(pack, 'LICENSE.txt'), 'utf8')).toContain('Contains modified Copernicus Sentinel data');
    expect(Number(execFileSync('du', ['-sk', pack], { encoding: 'utf8' }).split('\t')[0])).toBeLessThan(20_000);
  });

  test('knows no scene outside of it', async () => {
    const elsewhere = ['--aoi', writeSquares(join(folder, 'far.geojson'), [[702_000, innerCorners[0][1]]], 200)];
    const args = ['map', '--stac', pack, ...elsewhere, ...when, '--model', 'tiny', '--out', join(folder, 'far')];
    const { code, stderr } = await runCli(args, { home });
    expect([code, stderr]).toEqual([3, expect.stringMatching(/there is no usable scene of the area/)]);
    expect(existsSync(join(folder, 'far'))).toBe(false);
  });

  test('that is whole is not made again, and another request does not go into it', async () => {
    const again = JSON.parse((await mustRun(packArgs(pack), { home })).stdout);
    expect(again.reused).toBe(again.scenes);
    const { code, stderr } = await runCli([...packArgs(pack).slice(0, -1), '--collection', 's2_l2a'], { home });
    expect([code, stderr]).toEqual([3, expect.stringMatching(/holds a pack of another request; name another folder/)]);
  });
});

describe('a pack that was broken off', () => {
  test.each([
    ['SIGKILL', null],
    ['SIGINT', 130],
  ] as const)('by %s is finished by the same command', { timeout: 60_000 }, async (signal, wanted) => {
    const out = join(folder, `broken-${signal}`);
    const { child, done } = startCli(packArgs(out), { home });
    const items = () =>
      existsSync(out)
        ? readdirSync(out, { recursive: true, encoding: 'utf8' }).filter((name) => /L2A\.json$/.test(name))
        : [];
    while (items().length < 2) await delay(10);
    child.kill(signal);
    const { code, stderr } = await done;
    expect([code, existsSync(join(out, 'collection.json'))]).toEqual([wanted, false]);
    expect(stderr).not.toMatch(/\n\s+at /);
    const resumed = JSON.parse((await mustRun(packArgs(out), { home })).stdout);
    expect(resumed.reused).toBeGreaterThanOrEqual(2);
    expect(resumed.reused).toBeLessThan(resumed.scenes);
    expect(listing(out)).toBe(listing(pack));
  });
});

test('a scene that is broken ends a pack by its name, or is left out on demand', { timeout: 60_000 }, async () => {
  const copy = new SeasonCopy(season, join(folder, 'damaged'), (id) => id.includes('_32UKB_'));
  copy.replace(4, 'B08.tif', '<html></html>');
  const args = ['pack', '--stac', copy.root, ...area, ...when, '--out', join(folder, 'damaged-pack')];
  const failed = await runCli(args, { home });
  expect([failed.code, failed.stderr]).toEqual([
    1,
    expect.stringMatching(new RegExp(`scene ${copy.scenes[4].id}: .*a web page`)),
  ]);
  expect(existsSync(join(folder, 'damaged-pack', 'collection.json'))).toBe(false);
  const skipping = ['--on-broken-scene', 'skip', '--json'];
  const rest = ['pack', '--stac', copy.root, ...area, ...when, '--out', join(folder, 'rest-pack'), ...skipping];
  const { skipped } = JSON.parse((await mustRun(rest, { home })).stdout);
  expect(skipped.map(({ id }: { id: string }) => id)).toContain(copy.scenes[4].id);
});
