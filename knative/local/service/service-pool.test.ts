import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { fastClock } from '../testing/fast-clock.ts';
import { serviceManifest } from '../testing/manifests.ts';
import { isAlive, openTestRuntime, until, type TestRuntime } from '../testing/test-runtime.ts';

const figures = async (runtime: TestRuntime) => (await runtime.stats())[0];
const slow = async (runtime: TestRuntime, ms: number) => (await fetch(`${runtime.url}/jobs/slow?ms=${ms}`)).text();
const times = (count: number) => Array.from({ length: count });

describe('from zero', () => {
  test('nothing runs before the first request; fifty at once start one process', async () => {
    const runtime = await openTestRuntime([serviceManifest('jobs', {})]);
    expect(await figures(runtime)).toMatchObject({ processes: 0, starts: 0, residentBytes: 0 });
    const pids = await Promise.all(times(50).map(() => slow(runtime, 20)));
    expect(new Set(pids).size).toBe(1);
    const after = await figures(runtime);
    expect(after).toMatchObject({ processes: 1, ready: 1, starts: 1, failures: 0 });
    expect(after.residentBytes).toBeGreaterThan(20e6);
    process.stdout.write(`start to ready, source without packages: ${after.startMs[0].toFixed(0)} ms\n`);
  });

  test('min-scale and initial-scale run without a request', async () => {
    const warm = serviceManifest('warm', { annotations: { 'min-scale': '1' } });
    const first = serviceManifest('first', { annotations: { 'initial-scale': '2', 'max-scale': '2' } });
    const runtime = await openTestRuntime([warm, first]);
    await until(
      async () => (await runtime.stats()).every(({ ready }) => ready > 0),
      () => 'both are ready',
    );
    expect((await runtime.stats()).map(({ name, starts }) => [name, starts])).toEqual([
      ['warm', 1],
      ['first', 2],
    ]);
  });
});

describe('scale', () => {
  test('containerConcurrency holds: one at a time, the others wait their turn', async () => {
    const runtime = await openTestRuntime([serviceManifest('jobs', { spec: { containerConcurrency: 1 } })]);
    await Promise.all(times(5).map(() => slow(runtime, 30)));
    const { most } = (await (await fetch(`${runtime.url}/jobs/state`)).json()) as { most: number };
    expect(most).toBe(1);
    expect((await figures(runtime)).starts).toBe(1);
  });

  test('beyond the target more processes come, up to max-scale or what the machine bears', async () => {
    const annotations = { 'max-scale': '3' };
    const manifest = serviceManifest('jobs', { annotations, spec: { containerConcurrency: 1 } });
    const runtime = await openTestRuntime([manifest], { maxProcesses: { jobs: 2 } });
    const pids = await Promise.all(times(6).map(() => slow(runtime, 600)));
    expect(new Set(pids).size).toBe(2);
    expect((await figures(runtime)).processes).toBe(2);
  });

  test('after the window and the delay it stops, by SIGTERM; the next request starts it again', async () => {
    const annotations = { window: '6s', 'scale-down-delay': '4s' };
    const clock = fastClock(10);
    const runtime = await openTestRuntime([serviceManifest('jobs', { annotations })], { clock });
    const pid = Number(await slow(runtime, 1));
    const idleSince = clock.now();
    await until(
      () => !isAlive(pid),
      () => 'the idle process ends',
    );
    expect(clock.now() - idleSince).toBeGreaterThan(9500);
    expect(runtime.output('jobs')).toEqual(['SIGTERM', 'bye']);
    expect(Number(await slow(runtime, 1))).not.toBe(pid);
    expect((await figures(runtime)).starts).toBe(2);
  });

  test('a process with a request is not stopped, however long its window is over', async () => {
    const runtime = await openTestRuntime([serviceManifest('jobs', { annotations: { window: '6s' } })], {
      clock: fastClock(20),
    });
    await slow(runtime, 1500);
    expect(runtime.output('jobs')).not.toContain('SIGTERM');
  });

  test('on the way down a process finishes what it has before it hears SIGTERM', async () => {
    const annotations = { 'max-scale': '2', window: '6s' };
    const manifest = serviceManifest('jobs', { annotations, spec: { containerConcurrency: 1 } });
    const runtime = await openTestRuntime([manifest], { clock: fastClock(20) });
    const long = [slow(runtime, 1000), slow(runtime, 2000)];
    await until(
      async () => (await figures(runtime)).ready === 2,
      () => 'two are ready',
    );
    const pids = await Promise.all(long);
    expect(new Set(pids).size).toBe(2);
    await until(
      async () => (await figures(runtime)).processes === 0,
      () => 'both end',
    );
    expect((await figures(runtime)).failures).toBe(0);
  });

  test('too many that wait are sent away', async () => {
    const manifest = serviceManifest('jobs', { spec: { containerConcurrency: 1 } });
    const runtime = await openTestRuntime([manifest], { limits: { maxWaiting: 2 } });
    const answers = await Promise.all(times(5).map(() => fetch(`${runtime.url}/jobs/slow?ms=50`)));
    const statuses = answers.map(({ status }) => status).sort();
    expect(statuses).toEqual([200, 200, 503, 503, 503]);
  });
});

describe('a function that does not start', () => {
  test('is tried twice, then requests get a sentence at once, and it is tried ever less', async () => {
    const runtime = await openTestRuntime([serviceManifest('jobs', {})], { env: { CRASH: '7' } });
    const first = await fetch(`${runtime.url}/jobs/info`);
    const { detail } = (await first.json()) as { detail: string };
    expect([first.status, detail]).toEqual([503, 'jobs cannot start: exited with code 7 before it was ready']);
    const begun = Date.now();
    const second = await fetch(`${runtime.url}/jobs/info`);
    expect([second.status, second.headers.get('retry-after')]).toEqual([503, '1']);
    expect(Date.now() - begun).toBeLessThan(300);
    expect(runtime.output('jobs')).toContain('cannot go on');
    await delay(2500);
    expect((await figures(runtime)).starts).toBe(3);
  });

  test('is given up after the start limit', async () => {
    const limits = { startLimitMs: 300 };
    const runtime = await openTestRuntime([serviceManifest('jobs', {})], { env: { LISTEN_DELAY_MS: '60000' }, limits });
    const answer = await fetch(`${runtime.url}/jobs/info`);
    expect(((await answer.json()) as { detail: string }).detail).toContain('was not ready within 0.3 s');
  });

  test('because its program is missing', async () => {
    const command = () => ({ command: '/nowhere/node', args: [], cwd: '/' });
    const runtime = await openTestRuntime([serviceManifest('jobs', {})], { command });
    const answer = await fetch(`${runtime.url}/jobs/info`);
    expect(((await answer.json()) as { detail: string }).detail).toContain(
      'could not be started: spawn /nowhere/node ENOENT',
    );
  });
});
