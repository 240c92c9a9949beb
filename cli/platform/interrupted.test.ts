import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { madeSeason } from '#shared/testing/made-season.ts';
import { mustRun, runCli } from '#shared/testing/run-cli.ts';
import { innerCorners, writeSquares } from '#shared/testing/season-areas.ts';
import { tinyHome, workFolder } from '#shared/testing/work-folder.ts';
import { logInAdmin } from './testing/api-user.ts';
import {
  endPlatforms,
  freePort,
  functionProcesses,
  logged,
  startPlatform,
  writeSources,
  type TestPlatform,
} from './testing/test-platform.ts';

const folder = workFolder('interrupted');
const home = tinyHome(folder);
let platform: TestPlatform;
let env: Record<string, string>;
let expected: Buffer;
let aoi: string;

beforeAll(async () => {
  const { out: stac } = await madeSeason(3, 2, 10);
  aoi = writeSquares(join(folder, 'squares.geojson'), innerCorners, 500);
  const place = ['--aoi', aoi, '--year', '2019', '--season', 'northern-summer', '--model', 'tiny'];
  await mustRun(['map', '--stac', stac, ...place, '--out', join(folder, 'map')], { home });
  expected = readFileSync(join(folder, 'map', 'map.tif'));
  env = { GEOCROP_SOURCES: writeSources(folder, { made: stac }) };
  platform = await startPlatform(home, env);
}, 240_000);

afterAll(endPlatforms);

const start = (where: string, port: number | string) =>
  runCli(['start', '--no-demo'], { home: where, env: { PORT: String(port) } });

test('what it cannot have is one sentence, and nothing is left running', { timeout: 90_000 }, async () => {
  const file = join(folder, 'a-file');
  writeFileSync(file, '');
  const other = join(folder, 'other');
  const refusals = [
    [home, await freePort(), /the database in .* is in use by another process \(\d+\)/],
    [other, new URL(platform.url).port, /port \d+ .*is in use/],
    [file, await freePort(), /a-file is a file; set GEOCROP_HOME/],
    ['/proc/geocrop', await freePort(), /\/proc\/geocrop cannot be made: .*; set GEOCROP_HOME/],
    [home, 'http', /environment variable PORT cannot be used/, 2],
  ] as const;
  for (const [where, port, message, exit = 1] of refusals) {
    const { code, stdout, stderr } = await start(where, port);
    const said = stderr.split('\ngeocrop: ').at(-1)!.trim();
    expect(said).toMatch(message);
    expect([code, stdout, said.split('\n').length]).toEqual([exit, '', 1]);
  }
  expect(functionProcesses(other)).toEqual([]);
});

test('a port in use is noticed before anything is opened', { timeout: 30_000 }, async () => {
  const other = join(folder, 'no-database');
  const { code, stderr } = await start(other, new URL(platform.url).port);
  expect([code, stderr.trim().split('\n').length]).toEqual([1, 1]);
  expect(stderr).toMatch(
    /^\ngeocrop: port \d+ of 127\.0\.0\.1 is in use; stop what listens there or choose another\n$/,
  );
  expect(existsSync(join(other, 'database'))).toBe(false);
});

test('on any free port the functions know which one it is', { timeout: 60_000 }, async () => {
  // Every other function asks the gateway, under its own port, for the keys of the tokens.
  expect(new URL(platform.url).port).not.toBe('8080');
  const user = await logInAdmin(platform.url, home);
  for (const path of ['/jobs', '/auth/me']) expect((await user.fetch(path)).status).toBe(200);
});

/** The functions follow their runtime by themselves, some at once. */
function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

test('kill -9 of everything half-way: started again, it uses what is finished', { timeout: 180_000 }, async () => {
  const user = await logInAdmin(platform.url, home);
  const inputs = { year: 2019, season: 'northern-summer', model: 'tiny', source: 'made' };
  const id = await user.submit({ ...inputs, aoi: JSON.parse(readFileSync(aoi, 'utf8')) });
  while (logged(home, 'Part:Done').length === 0) await sleep(20);
  const functions = functionProcesses(home);
  await platform.kill();
  for (const { pid } of functions) killIfThere(pid);
  const before = logged(home, 'Part:Done').length;
  expect(before).toBeLessThan(6);

  const began = performance.now();
  platform = await startPlatform(home, env);
  process.stdout.write(`second start: ${((performance.now() - began) / 1000).toFixed(1)} s\n`);
  expect(performance.now() - began).toBeLessThan(20_000);
  expect(platform.said()).not.toContain('with the password');
  const again = await logInAdmin(platform.url, home);
  expect((await again.finished(id)).status).toBe('successful');
  expect((await again.bytes(id)).equals(expected)).toBe(true);
  // None is computed twice. Of the two that were under way the lines may have gone with whoever writes them down.
  const parts = logged(home, 'Part:Done').map(({ part }) => part);
  expect(new Set(parts).size).toBe(parts.length);
  expect(parts.length).toBeGreaterThanOrEqual(4);
  const told = (await again.events(id)).map(({ event }) => event);
  // The preview comes when it comes, or not at all.
  expect(told.filter((event) => event !== 'preview')).toEqual([
    'accepted',
    'planned',
    ...Array.from({ length: 6 }, () => 'part'),
    'stitching',
    'successful',
  ]);
});

test('SIGTERM while a chunk is computed ends it with 0; the chunk is handed back', { timeout: 120_000 }, async () => {
  const user = await logInAdmin(platform.url, home);
  const area = writeSquares(join(folder, 'more.geojson'), innerCorners, 800);
  const inputs = { year: 2019, season: 'northern-summer', model: 'tiny', source: 'made' };
  const id = await user.submit({ ...inputs, aoi: JSON.parse(readFileSync(area, 'utf8')) });
  await user.until(id, ({ message }) => message?.startsWith('computing') ?? false);
  const began = performance.now();
  process.kill(platform.pid, 'SIGTERM');
  const { code, stderr } = await platform.done;
  expect(performance.now() - began).toBeLessThan(20_000);
  expect([code, functionProcesses(home)]).toEqual([0, []]);
  expect(stderr).not.toMatch(/\n\s+at /);
});
