import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll } from 'vitest';
import { endRuns } from './run-cli.ts';

/** Everything that tests keep or throw away lies here, on one disk, so that seasons can be copied by hard links. */
export const testCache = fileURLToPath(new URL('../../.cache/tests', import.meta.url));
const tinyModel = fileURLToPath(new URL('fixtures/models/tiny', import.meta.url));

/** An empty folder of a test file's own; it is removed after its last test. */
export function workFolder(name: string): string {
  mkdirSync(testCache, { recursive: true });
  const folder = mkdtempSync(join(testCache, `${name}-`));
  afterAll(() => {
    endRuns();
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}

/** A GEOCROP_HOME in which the tiny model is installed. */
export function tinyHome(folder: string): string {
  const home = join(folder, 'home');
  cpSync(tinyModel, join(home, 'models', 'tiny'), { recursive: true });
  return home;
}
