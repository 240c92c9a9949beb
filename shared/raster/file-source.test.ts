import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { afterAll, expect, test } from 'vitest';
import { fileSource } from './file-source.ts';

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'geocrop-source-')));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const at = (name: string) => join(folder, name);
writeFileSync(
  at('numbers'),
  Uint8Array.from({ length: 100 }, (_, i) => i),
);
mkdirSync(at('inside'));
symlinkSync(at('numbers'), at('inside/link'));

test('bytes and size', async () => {
  const source = fileSource(at('numbers'));
  expect(await source.size()).toBe(100);
  expect([...(await source.read(97, 3))]).toEqual([97, 98, 99]);
  expect(await source.read(100, 0)).toHaveLength(0);
});

test('bytes that are lent are those that are read, for several at once and one after the other', async () => {
  const { lend } = fileSource(at('numbers'));
  const ask = (from: number) => lend!(from, 10, async (bytes) => (await setImmediate(), bytes.join()));
  const wanted = Array.from({ length: 9 }, (_, n) => Array.from({ length: 10 }, (_, i) => 10 * n + i).join());
  for (let turn = 0; turn < 2; turn++) expect(await Promise.all(wanted.map((_, n) => ask(10 * n)))).toEqual(wanted);
  await expect(lend!(0, 10, () => Promise.reject(new Error('not wanted')))).rejects.toThrow('not wanted');
});

test('more than there is, and far more than there is memory', async () => {
  const source = fileSource(at('numbers'));
  for (const length of [11, 2 ** 45])
    for (const reading of [source.read(90, length), source.lend!(90, length, async () => {})]) {
      await expect(reading).rejects.toMatchObject({ code: 'broken-scene' });
      await expect(reading).rejects.toThrow('it is truncated');
    }
});

test('what is no regular file is refused, and a pipe does not wait', async () => {
  execFileSync('mkfifo', [at('pipe')]);
  for (const path of [at('inside'), at('pipe'), '/dev/null']) {
    const reading = fileSource(path).read(0, 1);
    await expect(reading).rejects.toMatchObject({ code: 'broken-scene' });
    await expect(reading).rejects.toThrow('it is not a regular file');
  }
  await expect(fileSource(at('absent')).size()).rejects.toThrow('there is no such file');
});

test('where a path really leads decides whether it may be read', async () => {
  const allowPath = (real: string) => real.startsWith(at('inside'));
  await expect(fileSource(at('inside/link'), { allowPath }).read(0, 1)).rejects.toMatchObject({
    code: 'invalid-source',
  });
  expect(await fileSource(at('inside/link'), { allowPath: () => true }).size()).toBe(100);
});
