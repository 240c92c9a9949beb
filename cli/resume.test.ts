import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Report } from '#shared/domain/report.ts';
import { madeSeason } from '#shared/testing/made-season.ts';
import { mustRun, startCli, type CliOptions } from '#shared/testing/run-cli.ts';
import { innerCorners, writeSquares } from '#shared/testing/season-areas.ts';
import { tinyHome, workFolder } from '#shared/testing/work-folder.ts';

const folder = workFolder('resume');
const home = tinyHome(folder);
const options: CliOptions = { home };
let base: string[];
let undisturbed: Buffer;

beforeAll(async () => {
  const { out } = await madeSeason(3, 2, 10);
  const aoi = writeSquares(join(folder, 'aoi.geojson'), innerCorners, 500);
  const request = ['--aoi', aoi, '--year', '2019', '--season', 'northern-summer', '--model', 'tiny'];
  base = ['map', '--stac', out, ...request];
  undisturbed = (await finish('undisturbed')).bytes;
}, 180_000);

const outOf = (name: string) => join(folder, name);
const command = (name: string, workers = 1) => [...base, '--workers', String(workers), '--out', outOf(name)];

async function finish(name: string): Promise<{ bytes: Buffer; report: Report }> {
  await mustRun(command(name), options);
  const report = JSON.parse(readFileSync(join(outOf(name), 'report.json'), 'utf8')) as Report;
  return { bytes: readFileSync(join(outOf(name), 'map.tif')), report };
}

const parts = (name: string): string[] => {
  const kept = join(folder, `.${name}.partial`, 'parts');
  return existsSync(kept) ? readdirSync(kept).filter((file) => file.endsWith('.tif')) : [];
};

async function until(what: () => boolean, ms = 20_000): Promise<void> {
  for (const end = Date.now() + ms; !what(); await delay(10)) if (Date.now() > end) throw new Error(`waited in vain`);
}

/** Processes that a process has started. */
const childrenOf = (pid: number): number[] =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
const isAlive = (pid: number) => existsSync(`/proc/${pid}/exe`) && !/^State:\s+Z/m.test(statusOf(pid));
const statusOf = (pid: number) => {
  try {
    return readFileSync(`/proc/${pid}/status`, 'utf8');
  } catch {
    return 'State:\tZ';
  }
};

function expectResumed({ bytes, report }: { bytes: Buffer; report: Report }, name: string): void {
  expect(report.chunks.reused).toBeGreaterThanOrEqual(1);
  expect(report.chunks.reused + report.chunks.computed).toBe(6);
  expect(bytes.equals(undisturbed)).toBe(true);
  expect(existsSync(join(folder, `.${name}.partial`))).toBe(false);
}

const linuxDescribe = process.platform === 'linux' ? describe : describe.skip;

linuxDescribe('a run that is disturbed (needs /proc of Linux)', { timeout: 60_000 }, () => {
  test('by kill -9 leaves nothing at --out; the next run goes on from its parts to the same bytes', async () => {
    const { child, done } = startCli(command('killed'), options);
    await until(() => parts('killed').length >= 1);
    const workers = childrenOf(child.pid!);
    child.kill('SIGKILL');
    await done;
    expect(existsSync(outOf('killed'))).toBe(false);
    expect(workers.length).toBe(1);
    await until(() => !workers.some(isAlive));
    expectResumed(await finish('killed'), 'killed');
  });

  test('by Ctrl-C says so, ends with 130 and can be resumed', async () => {
    const { child, done } = startCli(command('stopped', 2), { ...options, asUser: true, ownGroup: true });
    await until(() => parts('stopped').length >= 1);
    process.kill(-child.pid!, 'SIGINT');
    const { code, stderr, stdout } = await done;
    expect(code).toBe(130);
    expect(stderr).toMatch(/geocrop: interrupted; what is finished is kept/);
    expect(stderr + stdout).not.toMatch(/\n\s+at /);
    expect(existsSync(outOf('stopped'))).toBe(false);
    expectResumed(await finish('stopped'), 'stopped');
  });

  test('by the death of a worker finishes all the same', async () => {
    const { child, done } = startCli(command('worker', 2), options);
    await until(() => parts('worker').length >= 1);
    const [victim] = childrenOf(child.pid!);
    process.kill(victim, 'SIGKILL');
    const { code, stderr } = await done;
    expect([code, stderr]).toEqual([0, expect.stringContaining('6/6 chunks')]);
    expect(isAlive(victim)).toBe(false);
    expect(readFileSync(join(outOf('worker'), 'map.tif')).equals(undisturbed)).toBe(true);
  });

  test('by the death of every worker ends with a sentence, not for ever', async () => {
    const { child, done } = startCli(command('hopeless'), options);
    let over = false;
    void done.then(() => (over = true));
    while (!over) {
      if (existsSync(`/proc/${child.pid}/task`)) childrenOf(child.pid!).forEach((pid) => process.kill(pid, 'SIGKILL'));
      await delay(20);
    }
    const { code, stderr } = await done;
    expect(code).toBe(1);
    expect(stderr).toMatch(/the worker that computed chunk \d+,\d+ was killed 2 times.*fewer --workers/);
    expect(readdirSync(folder).filter((name) => name.includes('hopeless'))).toEqual([]);
  });
});
