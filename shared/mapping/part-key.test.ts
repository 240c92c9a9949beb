import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { featureVersion } from '#shared/features/feature-names.ts';
import type { ModelManifest } from '#shared/model/model-manifest.ts';
import type { TaskScene } from './chunk-task.ts';
import { kernelVersion } from './kernel-version.ts';
import { partKey, type PartInputs } from './part-key.ts';

const scene = (id: string): TaskScene => ({
  id,
  datetime: '2019-05-01T10:50:31Z',
  assets: { B04: { href: '/a.tif', scale: 0.0001, offset: -0.1, shape: null, identity: `${id} "B04"` } },
});
const model = { name: 'm', version: '1.0.0', classes: [], members: [], smoothing: null } as unknown as ModelManifest;
const inputs: PartInputs = {
  chunk: { epsg: 32631, col: 112, row: 1098 },
  maskId: 'full',
  observations: [[scene('a'), scene('b')], [scene('c')]],
  season: 'northern-summer',
  year: 2019,
  output: 'map',
  model,
};

test('a name is the hash of the canonical JSON of everything, written out', () => {
  const sceneJson = (id: string) =>
    `{"assets":{"B04":{"identity":"${id} \\"B04\\"","offset":-0.1,"scale":0.0001}},"datetime":"2019-05-01T10:50:31Z","id":"${id}"}`;
  const json =
    `{"chunk":{"col":112,"epsg":32631,"row":1098},"featureVersion":${JSON.stringify(featureVersion)},"kernelVersion":${kernelVersion},"mask":"full",` +
    `"model":{"classes":[],"members":[],"name":"m","smoothing":null,"version":"1.0.0"},"output":"map",` +
    `"scenes":[[${sceneJson('a')},${sceneJson('b')}],[${sceneJson('c')}]],"season":"northern-summer","year":2019}`;
  const expected = createHash('sha256').update(json).digest('hex');
  expect(partKey(inputs)).toBe(expected);
  expect(partKey(inputs)).toBe(expected);
});

test('whatever the bytes depend on changes the name, and where a file lies does not', () => {
  const others: PartInputs[] = [
    { ...inputs, chunk: { ...inputs.chunk, row: 1 } },
    { ...inputs, maskId: 'other' },
    { ...inputs, observations: [[scene('a'), scene('b')]] },
    { ...inputs, observations: [[scene('a')], [scene('b')], [scene('c')]] },
    { ...inputs, season: 'southern-summer' },
    { ...inputs, year: 2020 },
    { ...inputs, output: 'features' },
    { ...inputs, model: null },
  ];
  expect(new Set([inputs, ...others].map(partKey)).size).toBe(others.length + 1);
  const moved = structuredClone(inputs);
  moved.observations[0][0].assets.B04!.href = 'https://elsewhere.example/a.tif';
  expect(partKey(moved)).toBe(partKey(inputs));
});
