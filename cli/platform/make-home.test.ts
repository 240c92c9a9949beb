import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { workFolder } from '#shared/testing/work-folder.ts';
import { makeHome } from './make-home.ts';

const folder = workFolder('make-home');

test('makes the folder and those above it, for the owner alone; one that is there stays as it is', async () => {
  const home = join(folder, 'a', 'b', 'home');
  await makeHome(home);
  expect(statSync(home).mode & 0o777).toBe(0o700);
  const open = join(folder, 'open');
  mkdirSync(open, { mode: 0o755 });
  await makeHome(open);
  expect(statSync(open).mode & 0o777).toBe(0o755);
});

test('refuses a file, a place below a file and a place of the system, each in a sentence', async () => {
  const file = join(folder, 'file');
  writeFileSync(file, '');
  for (const [home, message] of [
    [file, 'is a file; set GEOCROP_HOME'],
    [join(file, 'below'), 'cannot be used: ENOTDIR'],
    ['/proc/geocrop/home', 'cannot be made: '],
  ])
    await expect(makeHome(home)).rejects.toMatchObject({
      code: 'setup-missing',
      message: expect.stringContaining(message),
    });
});
