import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { projectRoot } from '#shared/config/project-root.ts';
import { workFolder } from '#shared/testing/work-folder.ts';
import { buildFrontend } from './build-frontend.ts';

test('several who start at once build the same application, and none finds it half made', async () => {
  const root = workFolder('build-frontend');
  const page = (text: string) => writeFile(join(root, 'frontend', 'index.html'), `<!doctype html><p>${text}</p>`);
  for (const source of ['frontend', 'shared/domain']) await mkdir(join(root, source), { recursive: true });
  await writeFile(join(root, 'package-lock.json'), '{}');
  await symlink(join(projectRoot, 'node_modules'), join(root, 'node_modules'));
  const shown = () => readFile(join(root, 'frontend', 'dist', 'index.html'), 'utf8');
  for (const text of ['first', 'second']) {
    await page(text);
    const built = await Promise.all([1, 2, 3].map(() => buildFrontend(root, () => {})));
    expect(built).toEqual([true, true, true]);
    expect(await shown()).toContain(text);
    expect(await buildFrontend(root, () => {})).toBe(false);
  }
  expect(await readdir(join(root, '.cache'))).toEqual([]);
}, 60_000);
