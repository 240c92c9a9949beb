import { cpSync, mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { featureSet } from '#shared/features/feature-names.ts';
import { tinyFolder } from '#shared/testing/fixtures/model/bundle.ts';
import { directoryBundle } from './bundle-files.ts';
import { findModel, installedNames } from './model-folder.ts';

const root = mkdtempSync(join(tmpdir(), 'models-'));
const own = join(root, 'own');
const shipped = join(root, 'shipped');
const folders = [own, shipped, join(root, 'not-there')];

beforeAll(() => {
  cpSync(tinyFolder, join(own, 'tiny'), { recursive: true });
  for (const name of ['tiny', 'other']) cpSync(tinyFolder, join(shipped, name), { recursive: true });
  cpSync(tinyFolder, join(root, 'secret'), { recursive: true });
  for (const name of ['.hidden', 'Upper', 'tiny.new']) mkdirSync(join(own, name));
  mkdirSync(join(own, 'broken'));
  writeFileSync(join(own, 'broken', 'model.json'), '{');
  writeFileSync(join(own, 'file'), '');
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

test('names are those of folders that can be models, each once, sorted', async () => {
  expect(await installedNames(folders)).toEqual(['broken', 'other', 'tiny']);
  expect(await installedNames([join(root, 'not-there')])).toEqual([]);
});

describe('a model is found by its name', () => {
  test('in the first folder that has it', async () => {
    const { directory, manifest } = await findModel('tiny', folders, featureSet);
    expect([directory, manifest.name]).toEqual([join(own, 'tiny'), 'tiny']);
  });

  test.each(['nothing', '', '../secret', '../../secret', '/etc', 'tiny/', 'TINY', 'file', '__proto__'])(
    'but not as %j',
    async (name) => {
      await expect(findModel(name, folders, featureSet)).rejects.toMatchObject({
        code: 'unknown-model',
        kind: 'refused',
        field: 'model',
        message: `there is no model "${name}" here; installed: broken, other, tiny`,
      });
    },
  );

  test('and told to be damaged where it is', async () => {
    await expect(findModel('broken', folders, featureSet)).rejects.toMatchObject({ code: 'damaged-model' });
  });

  test('where there is none at all, the sentence says so', async () => {
    await expect(findModel('tiny', [], featureSet)).rejects.toThrow('installed: none');
  });
});

test('a file larger than any of a model is refused unread', async () => {
  const large = join(root, 'large');
  mkdirSync(large);
  writeFileSync(join(large, 'a.onnx'), '');
  // Nothing but a hole: it takes no room on the disk.
  truncateSync(join(large, 'a.onnx'), 2 ** 33);
  const refused = expect.objectContaining({
    code: 'damaged-model',
    message: expect.stringMatching(/^a\.onnx .* is larger than 268435456 bytes$/),
  });
  await expect(directoryBundle(large)('a.onnx')).rejects.toEqual(refused);
  expect(await directoryBundle(large)('b.onnx')).toBeNull();
});
