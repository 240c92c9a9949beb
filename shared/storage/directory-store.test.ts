import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { directoryStore } from './directory-store.ts';
import { objectStoreContract } from './object-store-contract.ts';

const folders: string[] = [];

objectStoreContract('in a directory', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'geocrop-store-'));
  folders.push(folder);
  return directoryStore(folder);
});

afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true }))));
