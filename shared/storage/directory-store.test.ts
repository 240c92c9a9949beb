import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { directoryStore, removeHalfWritten } from './directory-store.ts';
import { objectStoreContract } from './object-store-contract.ts';

const folders: string[] = [];

objectStoreContract('in a directory', async () => {
  return directoryStore(await newFolder());
});

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'geocrop-store-'));
  folders.push(folder);
  return folder;
}

test('what a killed process has begun to write is removed when it is old, and nothing else is', async () => {
  const folder = await newFolder();
  const store = directoryStore(folder);
  await store.put('a/map.tif', Buffer.alloc(5));
  const name = (n: number) => `map.tif.${n}1111111-1111-4111-8111-111111111111.tmp`;
  const old = [name(1), 'map.tif', 'mine.tmp'];
  for (const file of [name(1), name(2), 'mine.tmp']) await writeFile(join(folder, 'a', file), 'half');
  for (const file of old) await utimes(join(folder, 'a', file), new Date(), new Date(Date.now() - 3_700_000));
  expect(await removeHalfWritten(folder, 3600)).toBe(4);
  expect((await readdir(join(folder, 'a'))).sort()).toEqual(['map.tif', name(2), 'mine.tmp'].sort());
  expect(await store.list('')).toEqual(['a/map.tif']);
  expect(await removeHalfWritten(join(folder, 'none'), 3600)).toBe(0);
});

test('what is being written is not touched, however long that takes', async () => {
  const folder = await newFolder();
  await directoryStore(folder).putStream('map.tif', async (sink) => {
    await sink.write(Buffer.from('one'));
    expect(await removeHalfWritten(folder, 3600)).toBe(0);
    await sink.write(Buffer.from('two'));
  });
  expect(await readdir(folder)).toEqual(['map.tif']);
});

afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true }))));
