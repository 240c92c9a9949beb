import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { workFolder } from '#shared/testing/work-folder.ts';
import { finishOutFolder, openOutFolder, workIn } from './out-folder.ts';

const work = workFolder('out-folder');
const result = (folder: string, text: string) => {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'map.tif'), text);
};
const mapOf = (name: string) => readFileSync(join(work, name, 'map.tif'), 'utf8');
const left = (name: string) => readdirSync(work).filter((file) => file.startsWith(`.${name}`));

/** A run that writes a result of this text. */
async function run(name: string, text: string, force = true): Promise<void> {
  const folder = await openOutFolder(join(work, name), force);
  await workIn(folder, async () => {
    writeFileSync(join(folder.staging, 'map.tif'), text);
    await finishOutFolder(folder);
  });
}

test('a run that was killed once its result was in place is no hindrance to the next', async () => {
  result(join(work, 'done'), 'killed');
  result(join(work, '.done.partial', 'replaced'), 'old');
  await run('done', 'new');
  expect([mapOf('done'), left('done')]).toEqual(['new', []]);
});

test.each([[false], [true]])(
  'what a killed run had put aside is put back (an empty folder there: %s)',
  async (empty) => {
    const name = `aside-${empty}`;
    result(join(work, `.${name}.partial`, 'replaced'), 'old');
    if (empty) mkdirSync(join(work, name));
    await expect(run(name, 'new', false)).rejects.toThrow('holds a result already');
    expect(mapOf(name)).toBe('old');
    const failing = async () =>
      workIn(await openOutFolder(join(work, name), true), () => Promise.reject(new Error('no')));
    await expect(failing()).rejects.toThrow('no');
    expect([mapOf(name), left(name)]).toEqual(['old', []]);
    await run(name, 'new');
    expect([mapOf(name), left(name)]).toEqual(['new', []]);
  },
);
