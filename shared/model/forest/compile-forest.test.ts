import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { temperateFolder, tinyFolder } from '#shared/testing/fixtures/model/bundle.ts';
import { compileForest, openForest, type OpenForest } from './compile-forest.ts';
import { answersOf, type Forest } from './forest.ts';
import { readOnnx } from './onnx-file.ts';
import { readForest } from './read-forest.ts';
import { runtimeAnswers } from './testing/onnx-runtime.ts';
import {
  awkwardRows,
  randomForest,
  randomOf,
  shapes,
  thresholdKinds,
  type RandomForest,
} from './testing/random-forest.ts';
import { asTreeEnsemble } from './testing/as-tree-ensemble.ts';
import { writeOnnx, writeTreeEnsemble, type WrittenForest } from './testing/write-onnx.ts';
import { readTreeOperator } from './tree-operator.ts';
import { walkForest } from './walk-forest.ts';

function forestOf(file: Uint8Array): Forest {
  const { forest, reason } = readForest(readOnnx(file));
  if (!forest) throw new Error(reason);
  return forest;
}

async function compiled(forest: Forest, features: number): Promise<OpenForest> {
  const result = await compileForest(forest, features);
  expect(result.reason).toBeNull();
  return openForest(result.compiled!);
}

async function compiledAnswers(forest: Forest, rows: Float32Array, features: number): Promise<Float32Array> {
  const out = new Float32Array((rows.length / features) * answersOf(forest));
  (await compiled(forest, features)).predict(rows, out);
  return out;
}

/** Values that differ in any bit, NaN being equal to NaN. */
const differing = (a: Float32Array, b: Float32Array) => a.reduce((sum, x, i) => sum + (Object.is(x, b[i]) ? 0 : 1), 0);

function worstDifference(a: Float32Array, b: Float32Array): number {
  let worst = 0;
  a.forEach((x, i) => {
    if (!Object.is(x, b[i])) worst = Math.max(worst, Number.isNaN(x - b[i]) ? Infinity : Math.abs(x - b[i]));
  });
  return worst;
}

/** The first of the most probable classes of each row: what the product takes. */
function labelsOf(answers: Float32Array, classes: number): Int32Array {
  return Int32Array.from({ length: answers.length / classes }, (_, row) => {
    const each = answers.subarray(row * classes, (row + 1) * classes);
    return each.reduce((best, x, k) => (x > each[best] ? k : best), 0);
  });
}

/**
 * Whether ONNX Runtime's labels are the highest of its answers: it leaves classes out that no leaf of a row weighs, has
 * rules of its own for two classes, and looks at scores where the logistic function has made equals of them.
 */
function labelsByAnswer({ trees, scores, transform }: Forest): boolean {
  const isWeighed = (score: number) =>
    trees.some(({ comparison, weightStart, weightScore }) =>
      comparison.every(
        (mode, i) => mode !== -1 || weightScore.subarray(weightStart[i], weightStart[i + 1]).includes(score),
      ),
    );
  return (
    scores > 2 &&
    (transform === 'NONE' || transform === 'SOFTMAX') &&
    Array.from({ length: scores }, (_, k) => k).every(isWeighed)
  );
}

const disagreeing = (a: Int32Array, b: Int32Array) => a.reduce((sum, x, i) => sum + (x === b[i] ? 0 : 1), 0);

/** Compares the compiled forest with the plain version and with ONNX Runtime. */
async function agree(file: Uint8Array, rows: Float32Array, features: number): Promise<void> {
  const forest = forestOf(file);
  const answers = await compiledAnswers(forest, rows, features);
  const plain = walkForest(forest, rows, features);
  expect(differing(answers, plain), 'values other than those of the plain version').toBe(0);
  const runtime = await runtimeAnswers(file, rows, features);
  expect(runtime.answers.length).toBe(answers.length);
  expect(worstDifference(answers, runtime.answers), 'from ONNX Runtime').toBeLessThanOrEqual(1e-6);
  const classes = answersOf(forest);
  const labels = labelsOf(answers, classes);
  expect(disagreeing(labels, labelsOf(runtime.answers, classes)), 'classes other than by ONNX Runtime').toBe(0);
  if (runtime.labels && labelsByAnswer(forest))
    expect(disagreeing(labels, runtime.labels), 'labels other than those of ONNX Runtime').toBe(0);
}

const basis: RandomForest = {
  ...{ seed: 1, trees: 24, features: 9, outputs: 3, shape: 'complete', size: 5, modes: ['BRANCH_LT'] },
  ...{ missing: 'false', thresholds: 'uniform', leaves: 'one', transform: 'SOFTMAX' },
} as const;

describe('a random forest answers as the plain version and as ONNX Runtime', () => {
  const allModes = ['BRANCH_LEQ', 'BRANCH_LT', 'BRANCH_GTE', 'BRANCH_GT'];
  const variants: [string, Partial<RandomForest>][] = [
    ...shapes.map((shape): [string, Partial<RandomForest>] => [`of ${shape} trees`, { shape }]),
    ...allModes.map((mode): [string, Partial<RandomForest>] => [`that compares by ${mode}`, { modes: [mode] }]),
    ...thresholdKinds.map((thresholds): [string, Partial<RandomForest>] => [
      `of ${thresholds} thresholds`,
      { thresholds, size: 6, features: 3, modes: allModes, missing: 'mixed' },
    ]),
    ...(['mixed', 'true'] as const).map((missing): [string, Partial<RandomForest>] => [
      `where NaN goes ${missing}`,
      { missing, modes: allModes },
    ]),
    ...(['all', 'some'] as const).map((leaves): [string, Partial<RandomForest>] => [
      `whose leaves weigh ${leaves} classes`,
      { leaves },
    ]),
    ...['NONE', 'LOGISTIC', 'SOFTMAX', 'SOFTMAX_ZERO'].map((transform): [string, Partial<RandomForest>] => [
      `with ${transform}`,
      { transform },
    ]),
    ['of leaf-wise trees of 31 leaves', { shape: 'leafwise', size: 31 }],
    ['of chains of 40 leaves', { shape: 'chain', size: 40 }],
    ['of complete trees of 256 leaves', { size: 8, trees: 9, thresholds: 'many' }],
    ['of ragged trees of 7 levels', { shape: 'ragged', size: 7 }],
    ['of 200 leaves in a chain', { shape: 'chain', size: 200, trees: 5, thresholds: 'many' }],
    ['of more cuts than a byte counts', { features: 1, size: 7, thresholds: 'many', trees: 20 }],
    ['with base values', { baseValues: [0.25, -1, 3.5] }],
    ['of 5 classes by all leaves', { outputs: 5, leaves: 'all' }],
    ['of 9 classes by all leaves', { outputs: 9, leaves: 'all', trees: 10 }],
    ['of 40 classes by all leaves', { outputs: 40, leaves: 'all', trees: 20 }],
    ['of 100 classes, not all of them weighed', { outputs: 100, trees: 40 }],
    ['of one feature', { features: 1 }],
    ['of 3 features', { features: 3 }],
    ['of 4 features', { features: 4 }],
    ['of one tree', { trees: 1, leaves: 'all' }],
    ['of 17 trees', { trees: 17, shape: 'oblivious', leaves: 'all' }],
    ['that adds up, a regressor', { kind: 'regressor', transform: 'NONE', aggregate: 'SUM', leaves: 'all' }],
    [
      'that averages, a regressor',
      { kind: 'regressor', transform: 'SOFTMAX', aggregate: 'AVERAGE', baseValues: [1, 2, 3] },
    ],
    ['of one target, a regressor', { kind: 'regressor', outputs: 1, baseValues: [0.5] }],
    ['of two classes, each weighed', { outputs: 2, leaves: 'all', transform: 'SOFTMAX' }],
  ];
  test.each(variants)('%s', async (_name, variant) => {
    const forest = randomForest({ ...basis, ...variant });
    await agree(
      writeOnnx(forest),
      awkwardRows(forest.columns, { features: forest.features, rows: 1500, seed: 2 }),
      forest.features,
    );
  });

  test.each([
    ['logistic', 'LOGISTIC', []],
    ['logistic with a base value', 'LOGISTIC', [0.125]],
    ['opposite', 'NONE', []],
  ])('of one score for two classes, %s', async (_name, transform, baseValues) => {
    const forest = randomForest({ ...basis, outputs: 1, transform, baseValues });
    if (transform === 'NONE') forest.columns.weights = forest.columns.weights.map((weight) => weight - 0.5);
    await agree(
      writeOnnx({ ...forest, outputs: 2 }),
      awkwardRows(forest.columns, { features: forest.features, rows: 1500, seed: 2 }),
      forest.features,
    );
  });

  const kinds: [string, (random: () => number) => Partial<RandomForest>, (forest: WrittenForest) => Uint8Array][] = [
    ['of several classes', (random) => ({ outputs: 3 + Math.floor(random() * 6) }), writeOnnx],
    [
      'of two classes',
      (random) => ({
        outputs: random() < 0.5 ? 1 : 2,
        baseValues: [[], [], [random() - 0.5]][Math.floor(random() * 3)],
      }),
      (forest) => writeOnnx({ ...forest, outputs: 2 }),
    ],
    [
      'a regressor',
      (random) => {
        const outputs = 1 + Math.floor(random() * 4);
        const baseValues = random() < 0.5 ? [] : Array.from({ length: outputs }, () => random() - 0.5);
        return { kind: 'regressor', outputs, baseValues, aggregate: random() < 0.5 ? 'SUM' : 'AVERAGE' };
      },
      writeOnnx,
    ],
    [
      'a TreeEnsemble of ai.onnx.ml 5',
      (random) => ({
        ...{ kind: 'regressor', outputs: 1 + Math.floor(random() * 5), leaves: 'one', transform: 'NONE' },
        ...{ aggregate: random() < 0.5 ? 'SUM' : 'AVERAGE', shape: shapes[1 + Math.floor(random() * 6)] },
      }),
      (forest) => writeTreeEnsemble(asTreeEnsemble(forest)),
    ],
  ];
  test.each(kinds)('%s, whatever its random choices are', async (_name, ofKind, write) => {
    const random = randomOf(99);
    const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)];
    let compiledOnes = 0;
    for (let seed = 100; seed < 140; seed++) {
      const forest = randomForest({
        seed,
        trees: 1 + Math.floor(random() * 40),
        features: 1 + Math.floor(random() * 20),
        outputs: 3,
        shape: pick(shapes),
        size: 2 + Math.floor(random() * 6),
        modes: random() < 0.5 ? [pick(allModes)] : allModes,
        missing: pick(['false', 'mixed', 'true']),
        thresholds: pick(thresholdKinds),
        leaves: pick(['one', 'all', 'some']),
        transform: pick(['NONE', 'SOFTMAX', 'LOGISTIC']),
        ...ofKind(random),
      });
      const shift = pick([0, 0, 0.5]);
      forest.columns.weights = forest.columns.weights.map((weight) => Math.fround(weight - shift));
      const file = write(forest);
      if (readForest(readOnnx(file)).reason !== null) continue;
      compiledOnes++;
      const { features } = forest;
      await agree(file, awkwardRows(forest.columns, { features, rows: 300, seed }), features);
    }
    expect(compiledOnes).toBeGreaterThan(20);
  });
});

test('a million rows, at random and on thresholds, have the labels of ONNX Runtime', async () => {
  const file = readFileSync(`${tinyFolder}xgboost.onnx`);
  const forest = forestOf(file);
  const { modes, features, thresholds } = columnsOf(file);
  const { predict } = await compiled(forest, 51);
  const classes = answersOf(forest);
  const random = randomOf(6);
  const count = 125_000;
  for (let part = 0; part < 8; part++) {
    const rows =
      part % 2 === 0
        ? awkwardRows({ modes, features, thresholds }, { features: 51, rows: count, seed: part })
        : Float32Array.from({ length: count * 51 }, () => random() * 2 - 0.5);
    const answers = new Float32Array(count * classes);
    predict(rows, answers);
    const runtime = await runtimeAnswers(file, rows, 51);
    expect(disagreeing(labelsOf(answers, classes), runtime.labels!), 'other labels').toBe(0);
    expect(worstDifference(answers, runtime.answers)).toBeLessThanOrEqual(1e-6);
  }
}, 120_000);

function columnsOf(file: Uint8Array) {
  const { columns } = readTreeOperator(readOnnx(file).nodes[0])!;
  return columns;
}

describe.each([
  ['tiny', tinyFolder, 100_000],
  ['temperate', temperateFolder, 4000],
])('the bundle %s', (_name, folder, count) => {
  test.each(['xgboost', 'lightgbm', 'catboost'])('has the answers of ONNX Runtime for %s', async (name) => {
    const file = readFileSync(`${folder}${name}.onnx`);
    const columns = columnsOf(file);
    const rows = awkwardRows(columns, { features: 51, rows: count, seed: 5 });
    await agree(file, rows, 51);
  });
});

test('the bits of a row depend on no other row', async () => {
  const written = randomForest({ ...basis, trees: 60, outputs: 7 });
  const forest = forestOf(writeOnnx(written));
  const rows = awkwardRows(written.columns, { features: 9, rows: 1500, seed: 3 });
  const { predict } = await compiled(forest, 9);
  const together = new Float32Array(1500 * 7);
  predict(rows, together);
  for (const size of [1, 2, 15, 127, 128, 129, 511, 513, 1000]) {
    const parts = new Float32Array(1500 * 7);
    for (let row = 0; row < 1500; row += size)
      predict(rows.subarray(row * 9, (row + size) * 9), parts.subarray(row * 7, (row + size) * 7));
    expect(differing(parts, together), `${size} rows at a time`).toBe(0);
  }
});

describe('a forest that does not fit says why', () => {
  const reasonFor = async (variant: Partial<RandomForest>) =>
    (await compileForest(forestOf(writeOnnx(randomForest({ ...basis, ...variant }))), 9)).reason;
  test('a tree of 257 leaves', async () => {
    expect(await reasonFor({ shape: 'leafwise', size: 257, trees: 2 })).toBe(
      'it has a tree of 257 leaves, more than 256',
    );
  });
  test('too many nodes', async () => {
    expect(await reasonFor({ size: 8, trees: 800 })).toBe('it has 408800 nodes, more than 400000');
  });
  test('too many weights', async () => {
    const forest = randomForest({ ...basis, size: 8, trees: 300, outputs: 250 });
    // One leaf of another class than the rest of its tree: all weights lie as vectors of classes.
    forest.columns.weightScores[0] = 9;
    const { reason } = await compileForest(forestOf(writeOnnx(forest)), 9);
    expect(reason).toBe('its leaves weigh 250 scores: 74 MiB, more than 64');
  });
  test('too many sums', async () => {
    expect(await reasonFor({ shape: 'stump', trees: 3000, outputs: 200 })).toContain('too much code');
  });
});
