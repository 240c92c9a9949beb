import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { takePidLock } from './pid-lock.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'geocrop-lock-'));
  path = join(folder, 'lock');
});
afterEach(() => rmSync(folder, { recursive: true }));

const take = () => takePidLock(path, 'the home');
const lockOf = (pid: number, started = '') => writeFileSync(path, JSON.stringify({ pid, started, token: 'other' }));

test('a lock is held once, and again after its release', async () => {
  const lock = await take();
  await expect(take()).rejects.toMatchObject({
    code: 'unavailable',
    message: expect.stringMatching(`^the home is in use by another process \\(${process.pid}\\)`),
  });
  lock.release();
  (await take()).release();
  expect(readdirSync(folder)).toEqual([]);
});

test('a living process keeps its lock', async () => {
  const other = spawn('sleep', ['60']);
  try {
    lockOf(other.pid!);
    await expect(take()).rejects.toMatchObject({ code: 'unavailable' });
  } finally {
    other.kill();
  }
});

test('the lock of a process that is gone is taken over', async () => {
  lockOf(spawnSync('true').pid);
  const lock = await take();
  expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({ pid: process.pid });
  lock.release();
});

test.skipIf(process.platform !== 'linux')('a pid that was given to another process is not the holder', async () => {
  lockOf(process.pid, 'an earlier boot 12345');
  (await take()).release();
});

test.each(['', '{"pid":', '[]', 'null', '{"pid":"x"}'])('a lock that says %j is taken over', async (text) => {
  writeFileSync(path, text);
  (await take()).release();
});

test('of many that find a stale lock one gets it', async () => {
  lockOf(spawnSync('true').pid);
  const results = await Promise.allSettled(Array.from({ length: 20 }, take));
  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
});

test('a lock that was lost is not released for another', async () => {
  const lock = await take();
  lockOf(1);
  lock.release();
  expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({ token: 'other' });
});
