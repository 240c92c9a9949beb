import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';
import { openRegistry } from './process/process-registry.ts';
import { consumerManifests, manifestFolder, serviceManifest } from './testing/manifests.ts';
import { temporaryFolder } from './testing/temporary-folder.ts';
import { isAlive, openTestRuntime, testFunctions, until } from './testing/test-runtime.ts';

const busy = () => Promise.resolve({ ready: 1, inFlight: 0 });
const pidOf = async (url: string) => Number(await (await fetch(`${url}/jobs/slow?ms=1`)).text());

/** A worker's own process and its child, from the line in which it names them. */
async function workerPids(lines: () => string[]): Promise<number[]> {
  await until(
    () => lines().some((line) => line.startsWith('working')),
    () => 'the worker starts',
  );
  const line = lines().find((text) => text.startsWith('working')) ?? '';
  return line.split(' ').slice(1).map(Number);
}

test('closing lets requests finish, ends event streams, and has consumers hand back', async () => {
  const runtime = await openTestRuntime([serviceManifest('jobs', {}), ...consumerManifests('worker', {})], {
    countQueue: busy,
  });
  const pid = await pidOf(runtime.url);
  const pids = await workerPids(() => runtime.output('worker'));
  const stream = await fetch(`${runtime.url}/jobs/events?hold`);
  const slow = fetch(`${runtime.url}/jobs/slow?ms=700`);
  await until(
    async () => (await runtime.stats())[0].requests === 2,
    () => 'both are under way',
  );
  const begun = Date.now();
  const closed = runtime.close();
  expect(await stream.text()).toBe('data: open\n\n');
  await expect(fetch(`${runtime.url}/jobs/info`)).rejects.toThrow();
  expect((await slow).status).toBe(200);
  await closed;
  expect(Date.now() - begun).toBeLessThan(2000);
  expect(runtime.output('worker')).toContain('handed back');
  expect(runtime.output('jobs')).toEqual(['SIGTERM', 'bye']);
  expect([pid, ...pids].filter(isAlive)).toEqual([]);
});

test('what does not listen is killed within the limit, with its children', async () => {
  const runtime = await openTestRuntime([serviceManifest('jobs', {}), ...consumerManifests('worker', {})], {
    countQueue: busy,
    env: { IGNORE_SIGTERM: '1' },
    limits: { closeLimitMs: 1500 },
  });
  const pids = [await pidOf(runtime.url), ...(await workerPids(() => runtime.output('worker')))];
  const held = fetch(`${runtime.url}/jobs/slow?ms=60000`).catch((error: Error) => error);
  await until(
    async () => (await runtime.stats())[0].requests === 1,
    () => 'the request is under way',
  );
  const begun = Date.now();
  await runtime.close();
  expect(Date.now() - begun).toBeLessThan(2500);
  await until(
    () => !pids.some(isAlive),
    () => 'all processes end',
  );
  // The process was killed under it: no answer, or the gateway's word for it.
  const answer = await held;
  expect(answer instanceof Error || answer.status === 502).toBe(true);
});

test('a second wish ends everything at once', async () => {
  const runtime = await openTestRuntime(consumerManifests('worker', {}), {
    countQueue: busy,
    env: { IGNORE_SIGTERM: '1' },
  });
  const pids = await workerPids(() => runtime.output('worker'));
  const begun = Date.now();
  const closed = runtime.close();
  runtime.kill();
  await closed;
  expect(Date.now() - begun).toBeLessThan(1000);
  await until(
    () => !pids.some(isAlive),
    () => 'all processes end',
  );
});

/** A runtime in its own process and the processes of its worker. */
async function runtimeProcess(stateFolder: string) {
  const manifests = await manifestFolder(consumerManifests('worker', {}));
  const script = join(import.meta.dirname, 'testing', 'run-and-wait.ts');
  const child = spawn(process.execPath, [script, manifests, testFunctions, stateFolder], {
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  });
  const lines: string[] = [];
  createInterface(child.stdout).on('line', (line) => lines.push(line));
  const pids = await workerPids(() => lines);
  return { child, pids };
}

test('a runtime that is killed itself leaves nothing', async () => {
  const { child, pids } = await runtimeProcess(await temporaryFolder());
  expect(pids.every(isAlive)).toBe(true);
  child.kill('SIGKILL');
  await until(
    () => !pids.some(isAlive),
    () => 'the worker and its child end',
  );
});

test('what a runtime left because its watchdog died too is ended by the next start', async () => {
  const state = await temporaryFolder();
  const { child, pids } = await runtimeProcess(state);
  await until(
    async () => (await readdir(state)).includes(String(pids[0])),
    () => 'the process is noted',
  );
  // The worst case: runtime and watchdog are stopped by force in one moment; the watchdog shares no group with others.
  process.kill(-Number(child.pid), 'SIGSTOP');
  const dogs = await watchdogsOf(Number(child.pid));
  expect(dogs).toHaveLength(1);
  for (const pid of [...dogs, Number(child.pid)]) process.kill(pid, 'SIGKILL');
  await once(child, 'exit');
  expect(isAlive(pids[0])).toBe(true);
  const { swept } = await openRegistry(state, () => undefined);
  expect(swept).toBe(1);
  await until(
    () => !pids.some(isAlive),
    () => 'what was left ends',
  );
  expect(await readdir(state)).toEqual([]);
});

test('a process id that belongs to someone else by now is left alone', async () => {
  const state = await temporaryFolder();
  const { registry } = await openRegistry(state, () => undefined);
  const other = spawn('sleep', ['30'], { detached: true });
  const pid = Number(other.pid);
  registry.add(process.pid);
  await until(
    async () => (await readdir(state)).length === 1,
    () => 'it is noted',
  );
  await rename(join(state, String(process.pid)), join(state, String(pid)));
  const { swept } = await openRegistry(state, () => undefined);
  expect([swept, isAlive(pid)]).toEqual([0, true]);
  other.kill('SIGKILL');
});

async function watchdogsOf(parent: number): Promise<number[]> {
  const found: number[] = [];
  for (const name of (await readdir('/proc')).filter((entry) => /^\d+$/.test(entry))) {
    const stat = await readFile(`/proc/${name}/stat`, 'utf8').catch(() => '');
    if (stat.includes('(sh)') && Number(stat.split(') ')[1].split(' ')[1]) === parent) found.push(Number(name));
  }
  return found;
}
