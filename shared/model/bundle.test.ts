import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { GeoCropError } from '#shared/domain/errors.ts';
import { featureSet } from '#shared/features/feature-names.ts';
import { BundleInMemory, modelFixture, temperateFolder, tinyFolder } from '#shared/testing/fixtures/model/bundle.ts';
import { randomForest } from './forest/testing/random-forest.ts';
import { writeOnnx } from './forest/testing/write-onnx.ts';
import type { ReadBundleFile } from './bundle-files.ts';
import { compileEnsemble, loadEnsemble, openEnsemble, servedBy } from './load-ensemble.ts';
import { checkSamples, readManifest, readSamples } from './read-bundle.ts';
import { directoryBundle } from './bundle-files.ts';
import type { ModelManifest, ModelSamples } from './model-manifest.ts';

/** All that is asked of a bundle before it is installed. */
async function check(read: ReadBundleFile, features = featureSet): Promise<number> {
  const manifest = await readManifest(read, 'bundle', features);
  const ensemble = await loadEnsemble(read, manifest, features);
  try {
    return await checkSamples(ensemble, await readSamples(read, 'bundle'), manifest.name);
  } finally {
    await ensemble.release();
  }
}

async function damage(bundle: BundleInMemory, features = featureSet): Promise<string> {
  const error = await check(bundle.read, features).then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(GeoCropError);
  expect(error).toMatchObject({ code: 'damaged-model', kind: 'failed', field: 'model' });
  const { message } = error as Error;
  expect(message.length).toBeLessThan(600);
  return message;
}

const manifestWith = (edit: (manifest: ModelManifest) => void) => new BundleInMemory().editJson('model.json', edit);
const samplesWith = (edit: (samples: ModelSamples) => void) => new BundleInMemory().editJson('samples.json', edit);

describe.each([
  ['tiny', tinyFolder],
  ['temperate', temperateFolder],
])('the bundle %s', (_name, folder) => {
  test("answers for its sample rows as the training libraries' own predictions", async () => {
    const read = directoryBundle(folder);
    expect(await check(read)).toBeLessThanOrEqual(1e-5);
    const { rows, expected }: ModelSamples = JSON.parse(readFileSync(`${folder}samples.json`, 'utf8'));
    expect(rows.length).toBeGreaterThanOrEqual(40);
    const ensemble = await loadEnsemble(read, await readManifest(read, folder, featureSet), featureSet);
    const actual = await ensemble.predict(Float32Array.from(rows.flat()));
    await ensemble.release();
    const worst = Math.max(...expected.flat().map((value, i) => Math.abs(value - actual[i])));
    expect(worst).toBeLessThanOrEqual(1e-5);
    expect(actual.length).toBe(rows.length * ensemble.classes);
  });
});

describe('a damaged model.json', () => {
  test('that is not there', async () => {
    const bundle = new BundleInMemory();
    bundle.files.delete('model.json');
    expect(await damage(bundle)).toBe('the model in bundle has no model.json');
  });
  test.each([
    ['HTML', '<html>404</html>'],
    ['nothing', ''],
    ['half of it', readFileSync(`${tinyFolder}model.json`, 'utf8').slice(0, 900)],
    ['bytes', '\u0000\uffff'],
  ])('that is %s', async (_name, text) => {
    const bundle = new BundleInMemory();
    bundle.files.set('model.json', Buffer.from(text));
    expect(await damage(bundle)).toContain('model.json of the model in bundle is not JSON');
  });
  test.each([
    ['null', 'null'],
    ['a list', '[]'],
    ['a text', '"model"'],
  ])('that is %s', async (_name, text) => {
    const bundle = new BundleInMemory();
    bundle.files.set('model.json', Buffer.from(text));
    expect(await damage(bundle)).toContain('is wrong at its top');
  });
  test('that is larger than any', async () => {
    const bundle = new BundleInMemory();
    bundle.files.set('model.json', Buffer.alloc(33 * 1024 * 1024, ' '));
    expect(await damage(bundle)).toContain('larger than');
  });

  test.each(
    [
      '../xgboost.onnx',
      'a/b.onnx',
      '/etc/passwd.onnx',
      '..\\x.onnx',
      '.hidden.onnx',
      'x.onnx\n',
      'x.onnx\u0000',
      'model.json',
      '',
    ].map((file) => [file]),
  )('whose member is the file %j', async (file) => {
    const message = await damage(manifestWith(({ members }) => (members[0].file = file)));
    expect(message).toContain('members.0.file');
    expect(message).toContain('plain file name');
  });

  test.each([
    ['no members', 'members', (each) => (each.members = [])],
    ['a member of weight 0', 'members.1.weight', (each) => (each.members[1].weight = 0)],
    ['a member of negative weight', 'members.1.weight', (each) => (each.members[1].weight = -1)],
    ['a hash that is none', 'members.0.sha256', (each) => (each.members[0].sha256 = 'abc')],
    ['one class', 'classes', (each) => each.classes.splice(1)],
    ['more classes than a byte holds', 'classes', (each) => (each.classes = Array(255).fill(each.classes[0]))],
    ['a colour by its name', 'classes.0.color', (each) => (each.classes[0].color = 'red')],
    ['a class without title', 'classes.0.title', (each) => (each.classes[0].title = '')],
    ['an even window', 'smoothing.window', (each) => (each.smoothing!.window = 6)],
    ['a window too large', 'smoothing.window', (each) => (each.smoothing!.window = 33)],
    ['another smoothing', 'smoothing.method', (each) => (each.smoothing!.method = 'smooth-v2' as 'smooth-v1')],
    ['a fraction of nothing', 'smoothing.fraction', (each) => (each.smoothing!.fraction = 0)],
    ['smoothness below zero', 'smoothing.smoothness', (each) => (each.smoothing!.smoothness = -20)],
    ['a name that climbs', 'name', (each) => (each.name = '../temperate')],
    ['an empty name', 'name', (each) => (each.name = '')],
    ['a version of words', 'version', (each) => (each.version = 'latest')],
    ['validity out of range', 'validity.coordinates', (each) => (each.validity.coordinates[0][0][0] = [4, 95])],
    ['no limits', 'limits', (each) => delete (each as Partial<ModelManifest>).limits],
  ] as [string, string, (manifest: ModelManifest) => void][])('with %s', async (_name, path, edit) => {
    expect(await damage(manifestWith(edit))).toContain(`is wrong at ${path}`);
  });

  test('of another feature version names both', async () => {
    const message = await damage(manifestWith((manifest) => (manifest.featureVersion = 'features-v2')));
    expect(message).toContain('was trained on features-v2; this release computes features-v1');
    expect(await damage(new BundleInMemory(), { version: 'features-v2', count: 51 })).toContain('features-v1');
  });
});

describe('a damaged member', () => {
  const bytes = readFileSync(`${tinyFolder}xgboost.onnx`);

  test('that is not there', async () => {
    const bundle = new BundleInMemory();
    bundle.files.delete('lightgbm.onnx');
    expect(await damage(bundle)).toBe('the model tiny has no file lightgbm.onnx');
  });
  test('with one bit flipped', async () => {
    const bundle = new BundleInMemory();
    const flipped = Uint8Array.from(bytes);
    flipped[1000] ^= 1;
    bundle.files.set('xgboost.onnx', flipped);
    expect(await damage(bundle)).toMatch(/xgboost\.onnx of the model tiny is damaged: its SHA-256 is [0-9a-f]{64}/);
  });
  test.each([
    ['cut off', bytes.subarray(0, bytes.length >> 1)],
    ['empty', Buffer.alloc(0)],
    ['HTML', Buffer.from('<html>404</html>')],
    ['zeros', Buffer.alloc(5000)],
  ])('that is %s, with the hash of that', async (_name, replaced) => {
    expect(await damage(new BundleInMemory().replaceMember(replaced))).toMatch(
      /^xgboost\.onnx of the model tiny is not an ONNX model: /,
    );
  });
  test.each([
    ['labels alone', 'labels-only.onnx', 'its outputs are label'],
    ['two float outputs', 'two-floats.onnx', 'its outputs are same, again'],
  ])('that gives %s', async (_name, file, message) => {
    expect(await damage(new BundleInMemory().replaceMember(modelFixture(file)))).toContain(message);
  });
  test('of another number of classes', async () => {
    const message = await damage(new BundleInMemory().replaceMember(modelFixture('51-classes.onnx')));
    expect(message).toContain('answered 51 probabilities for 1 rows of 7 classes');
    expect(await damage(manifestWith(({ classes }) => classes.pop()))).toBe(
      'xgboost.onnx of the model tiny answers 7 probabilities a row; model.json lists 6 classes',
    );
  });
  test('of another number of features', async () => {
    expect(await damage(new BundleInMemory(), { ...featureSet, count: 50 })).toContain('a row of 50 features');
  });
});

describe('a member that is not compiled', () => {
  const written = (modes: string[]) =>
    writeOnnx(
      randomForest({
        ...{ seed: 1, trees: 20, features: 51, outputs: 7, shape: 'complete', size: 4, modes },
        ...{ missing: 'false', thresholds: 'few', leaves: 'all', transform: 'SOFTMAX' },
      }),
    );
  test('is served by ONNX Runtime, and says why', async () => {
    const bundle = new BundleInMemory().replaceMember(written(['BRANCH_EQ']));
    const manifest = await readManifest(bundle.read, 'bundle', featureSet);
    const ensemble = await loadEnsemble(bundle.read, manifest, featureSet);
    expect(ensemble.members.map(({ reason }) => reason)).toEqual(['it compares by BRANCH_EQ', null, null]);
    expect(servedBy(ensemble)).toEqual([
      'xgboost.onnx runs on ONNX Runtime, many times slower: it compares by BRANCH_EQ',
      'lightgbm.onnx is compiled',
      'catboost.onnx is compiled',
    ]);
    const answers = await ensemble.predict(new Float32Array(51 * 3));
    await ensemble.release();
    expect([...answers.subarray(0, 7)].reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 5);
  });
  test('and those that are answer in other threads as where they were read', async () => {
    const bundle = new BundleInMemory().replaceMember(written(['BRANCH_EQ']));
    const manifest = await readManifest(bundle.read, 'bundle', featureSet);
    const compiled = await compileEnsemble(bundle.read, manifest, featureSet);
    const [here, there] = await Promise.all([compiled, structuredClone(compiled)].map(openEnsemble));
    const features = Float32Array.from({ length: 51 * 40 }, (_, i) => Math.sin(i));
    const expected = await here.predict(features);
    expect(await there.predict(features)).toEqual(expected);
    expect(servedBy(there)).toEqual(servedBy(here));
    await Promise.all([here.release(), there.release()]);
  });
  test('has its trees checked all the same', async () => {
    const forest = randomForest({
      ...{ seed: 1, trees: 2, features: 51, outputs: 7, shape: 'complete', size: 4, modes: ['BRANCH_EQ'] },
      ...{ missing: 'false', thresholds: 'few', leaves: 'all' },
    });
    forest.columns.trueIds[1] = forest.columns.nodeIds[0];
    expect(await damage(new BundleInMemory().replaceMember(writeOnnx(forest)))).toBe(
      'xgboost.onnx of the model tiny is not a forest that can be walked: its tree 0 has a cycle',
    );
  });
});

describe('sample rows that do not prove anything', () => {
  test('are not there', async () => {
    const bundle = new BundleInMemory();
    bundle.files.delete('samples.json');
    expect(await damage(bundle)).toBe('the model in bundle has no samples.json');
  });
  test.each([
    ['no rows', 'is wrong at rows', (each) => (each.rows = [])],
    ['a text', 'is wrong at expected.0.0', (each) => (each.expected[0][0] = '1' as unknown as number)],
    ['an expectation too few', '41 expectations', (each) => each.expected.pop()],
    ['rows of 50 features', 'does not classify its own sample rows', (each) => each.rows.forEach((row) => row.pop())],
    ['a row that is too short', 'of different lengths', (each) => each.rows[3].pop()],
    ['a class too few', 'another number of features or classes', (each) => each.expected.forEach((row) => row.pop())],
    [
      'a row and its expectation moved',
      'of different lengths',
      (each) => each.expected[0].push(...each.expected[1].splice(0, 1)),
    ],
    [
      'two classes exchanged',
      'differ by up to',
      (each) => each.expected.forEach((row) => row.unshift(row.splice(1, 1)[0])),
    ],
    ['a probability off by 2e-5', 'differ by up to 2.', (each) => (each.expected[5][2] += 2e-5 * 1.2)],
  ] as [string, string, (samples: ModelSamples) => void][])('%s', async (_name, message, edit) => {
    expect(await damage(samplesWith(edit))).toContain(message);
  });
  test('a probability off by 5e-6 passes', async () => {
    const bundle = samplesWith((each) => (each.expected[5][2] += 5e-6));
    expect(await check(bundle.read)).toBeLessThanOrEqual(1e-5);
  });
});
