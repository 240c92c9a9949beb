import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { gdalTest, runPython } from '#shared/testing/fixtures/cog/gdal.ts';
import { runCli } from '#shared/testing/run-cli.ts';
import { workFolder } from '#shared/testing/work-folder.ts';

const folder = workFolder('baselines-cli');
const script = new URL('../../shared/testing/fixtures/baselines/exports.py', import.meta.url).pathname;
const home = join(folder, 'home');
const cli = (...args: string[]) => runCli(['baselines', ...args], { home, cwd: folder });

/** Two pieces of 600 x 300 pixels, one above the other, named as Earth Engine names them. */
async function makeExport(): Promise<string[]> {
  const names = ['dw-0000000000-0000000000.tif', 'dw-0000000300-0000000000.tif'];
  const pieces = names.map((name, i) => ({ col: 0, row: 300 * i, width: 600, height: 300, name }));
  const values = [0, 1, 2, 3, 4, 5, 6, 7, 8];
  const spec = { crs: 4326, pixel: 1e-4, x: 31, y: -17, dtype: 'uint8', nodata: 255, fill: 255, values, pieces };
  await runPython([script, 'make', folder, JSON.stringify(spec)]);
  return names;
}

test('with none installed it says how to come by one', async () => {
  const { code, stdout } = await cli('list');
  expect([code, stdout]).toEqual([0, 'no baseline is installed; geocrop baselines import --help says how\n']);
});

gdalTest('a baseline is imported, listed, replaced where that is said, and removed', async () => {
  const files = await makeExport();
  const choice = ['--kind', 'dynamic-world', '--year', '2022'];
  const done = await cli('import', ...files, ...choice);
  expect(done.code).toBe(0);
  expect(done.stderr).toContain('2/2 rows of tiles');
  expect(done.stdout).toMatch(
    /^dw-zim-summer-2022: Dynamic World 2022, summer\n600 x 600 pixels of EPSG:4326, 100.0 %/,
  );
  expect(done.stdout.match(/^ +\d+\.\d %  /gm)).toHaveLength(9);
  expect(readdirSync(join(home, 'baselines', 'dw', 'zim', 'summer'))).toEqual(['2022.json', '2022.tif']);
  expect(readdirSync(join(home, 'baselines'))).toEqual(['dw']);

  const again = await cli('import', ...files, ...choice);
  expect([again.code, again.stderr]).toEqual([3, expect.stringMatching(/dw-zim-summer-2022 is installed.*--force/)]);
  expect((await cli('import', ...files, ...choice, '--force')).code).toBe(0);

  const { stdout } = await cli('list', '--json');
  expect(JSON.parse(stdout)).toMatchObject({
    baselines: [{ id: 'dw-zim-summer-2022', key: 'dw/zim/summer/2022.tif', bytes: expect.any(Number) }],
    problems: [],
  });
  expect((await cli('list')).stdout).toMatch(
    /^dw-zim-summer-2022 {2}Dynamic World 2022, summer {2}\d\.\d MB {2}31\.000, /,
  );

  const unknown = await cli('remove', 'dw-zim-summer-2021');
  expect([unknown.code, unknown.stderr]).toEqual([3, expect.stringContaining('installed: dw-zim-summer-2022')]);
  expect((await cli('remove', 'dw-zim-summer-2022')).code).toBe(0);
  expect(existsSync(join(home, 'baselines', 'dw', 'zim', 'summer', '2022.tif'))).toBe(false);
  expect((await cli('list')).stdout).toMatch(/^no baseline/);
});

test('a sidecar that cannot be used is listed with what is wrong', async () => {
  const place = join(home, 'baselines', 'mine');
  mkdirSync(place, { recursive: true });
  writeFileSync(join(place, '2020.tif'), '');
  writeFileSync(join(place, '2020.json'), '{"id": "Mine"}');
  expect((await cli('list')).stdout).toMatch(/^mine\/2020\.tif {2}DAMAGED: its sidecar is wrong at id/);
});

test.each([
  [['import', 'x.tif', '--year', '2022'], 2, /--kind <kind>' not specified/],
  [['import', '--kind', 'dynamic-world', '--year', '2022'], 2, /missing required argument 'files'/],
  [
    ['import', 'x.tif', '--kind', 'corine', '--year', '2022'],
    3,
    /no kind "corine"; say --kind dynamic-world or worldcover/,
  ],
  [
    ['import', 'x.tif', '--kind', 'worldcover', '--year', '2019'],
    3,
    /from 2020 on \(ESA WorldCover begins there\), not 2019/,
  ],
  [['import', 'x.tif', '--kind', 'dynamic-world', '--year', '2022', '--nodata', 'x'], 3, /a number or none, not "x"/],
  [['import', 'x.tif', '--kind', 'dynamic-world', '--year', '2022'], 3, /x\.tif cannot be read: there is no such file/],
])('%j is one sentence', async (args, code, message) => {
  const run = await cli(...args);
  expect([run.code, run.stderr]).toEqual([code, expect.stringMatching(message)]);
  expect(run.stderr).not.toMatch(/\n\s+at /);
});
