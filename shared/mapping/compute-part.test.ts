import { expect, test } from 'vitest';
import type { ModelManifest } from '#shared/model/model-manifest.ts';
import type { ChunkTask } from './chunk-task.ts';
import { computePart, type LoadedModel } from './compute-part.ts';
import { modelIdentity } from './part-key.ts';

const manifest = { name: 'm', version: '1.0.0', classes: [], members: [], smoothing: null } as unknown as ModelManifest;
const task = (modelId: string | null) =>
  ({
    model: 'm',
    modelId,
    output: 'map',
    key: 'k',
    chunk: { epsg: 32631, col: 112, row: 1098 },
  }) as unknown as ChunkTask;

test('a model that was replaced since a part was named does not compute it', async () => {
  const replaced = { ...manifest, version: '1.0.1' };
  expect(modelIdentity(replaced)).not.toBe(modelIdentity(manifest));
  const read = () => Promise.reject(new Error('nothing may be read'));
  const inputs = { model: { manifest: replaced } as LoadedModel, read, store: {} as never, onSceneRead: () => {} };
  await expect(computePart(task(modelIdentity(manifest)), inputs)).rejects.toMatchObject({ code: 'damaged-model' });
});
