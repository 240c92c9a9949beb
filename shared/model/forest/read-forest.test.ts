import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { modelFixture, tinyFolder } from '#shared/testing/fixtures/model/bundle.ts';
import { nextAbove } from './bin-planes.ts';
import { ByteSink } from '#shared/wasm/byte-sink.ts';
import { expFloat32 } from './exp-float32.ts';
import { readOnnx } from './onnx-file.ts';
import { readForest } from './read-forest.ts';
import { maxDepth, type TreeColumns } from './read-trees.ts';
import { randomForest, randomOf, type RandomForest } from './testing/random-forest.ts';
import { asTreeEnsemble } from './testing/as-tree-ensemble.ts';
import {
  doubleTensor,
  holdsGraph,
  identity,
  operatorOf,
  writeOnnx,
  writeTreeEnsemble,
  type WrittenEnsemble,
  type WrittenForest,
} from './testing/write-onnx.ts';

const basis: RandomForest = {
  ...{ seed: 3, trees: 4, features: 5, outputs: 3, shape: 'complete', size: 3, modes: ['BRANCH_LT'] },
  ...{ missing: 'mixed', thresholds: 'uniform', leaves: 'all' },
};
const read = (file: Uint8Array) => readForest(readOnnx(file));
const edited = (edit: (columns: TreeColumns) => void, more: Partial<WrittenForest> = {}) => {
  const forest = { ...randomForest(basis), ...more };
  edit(forest.columns);
  return writeOnnx(forest);
};

describe('a file that is no ONNX', () => {
  const good = readFileSync(`${tinyFolder}xgboost.onnx`);
  test.each([
    ['nothing', Buffer.alloc(0), 'has no ir_version'],
    ['HTML', Buffer.from('<html>404</html>'), 'there is no protobuf wire type 4'],
    ['zeros', Buffer.alloc(5000), 'there is no protobuf field 0'],
    ['half of one', good.subarray(0, good.length >> 1), 'bytes are announced at byte'],
    ['one with its last byte missing', good.subarray(0, good.length - 1), 'bytes are announced at byte'],
    ['one twice', Buffer.concat([good, good]), 'two graphs'],
    ['a number without end', Buffer.alloc(20, 0xff), 'a number of more than 10 bytes'],
    [
      'a length beyond all memory',
      Buffer.from([0x3a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x07]),
      'bytes are announced',
    ],
    ['a negative length', Buffer.from([0x3a, ...new Array<number>(9).fill(0xff), 1]), 'bytes are announced'],
  ])('%s', (_name, bytes, message) => {
    expect(() => readOnnx(bytes)).toThrow(message);
  });

  test('cut off anywhere is refused', () => {
    const small = writeOnnx(randomForest({ ...basis, trees: 1, size: 1 }));
    // The operator sets at the end are no part of what is read.
    const graphEnd = small.length - 24;
    for (let length = 0; length < graphEnd; length++) expect(() => readOnnx(small.subarray(0, length))).toThrow(Error);
  });

  test('with random bytes changed is read, refused or left to ONNX Runtime, and nothing else', () => {
    const random = randomOf(17);
    const small = writeOnnx(randomForest(basis));
    const outcomes = { forest: 0, reason: 0, error: 0 };
    for (let i = 0; i < 3000; i++) {
      const changed = small.slice();
      for (let k = 0; k < 1 + random() * 3; k++)
        changed[Math.floor(random() * small.length)] = Math.floor(random() * 256);
      try {
        outcomes[read(changed).forest ? 'forest' : 'reason']++;
      } catch (error) {
        expect(error).toBeInstanceOf(Error);
        expect(error).not.toBeInstanceOf(RangeError);
        expect(error).not.toBeInstanceOf(TypeError);
        outcomes.error++;
      }
    }
    expect(Math.min(...Object.values(outcomes))).toBeGreaterThan(10);
  });
});

describe('mutants of a real model', () => {
  const good = readFileSync(`${tinyFolder}lightgbm.onnx`);
  const random = randomOf(23);
  const at = (length = good.length) => Math.floor(random() * length);
  const mutations: [string, () => Uint8Array][] = [
    ['a bit flipped', () => good.with(at(), good[at()] ^ (1 << at(8)))],
    ['cut off', () => good.subarray(0, at())],
    ['a piece left out', () => Buffer.concat([good.subarray(0, at()), good.subarray(at())])],
    [
      'a piece put elsewhere',
      () => {
        const [from, to] = [at(), at()];
        return Buffer.concat([good.subarray(0, to), good.subarray(from, from + at(60)), good.subarray(to)]);
      },
    ],
    ['a stretch of one byte', () => Buffer.from(good).fill(at(256), ...[at(), at()].sort((a, b) => a - b))],
    ['a length or number made enormous', () => Buffer.from(good).fill(0xff, ...around(at()))],
    ['a few bytes at random', () => [1, 2, 3].reduce((bytes) => bytes.with(at(), at(256)), Uint8Array.from(good))],
  ];
  const around = (start: number): [number, number] => [start, start + 1 + at(9)];

  test.each(mutations)('with %s end soon: as a forest, with a reason or with a plain error', (_name, mutate) => {
    const outcomes = { forest: 0, reason: 0, error: 0 };
    let longest = 0;
    for (let i = 0; i < 700; i++) {
      const mutant = mutate();
      const start = performance.now();
      try {
        outcomes[read(mutant).forest ? 'forest' : 'reason']++;
      } catch (error) {
        expect((error as Error).constructor).toBe(Error);
        expect((error as Error).message.length).toBeLessThan(300);
        outcomes.error++;
      }
      longest = Math.max(longest, performance.now() - start);
    }
    expect(outcomes.error).toBeGreaterThan(50);
    expect(longest).toBeLessThan(2000);
  });
});

function varint(value: number): Buffer {
  const sink = new ByteSink();
  sink.unsigned(value);
  return Buffer.from(sink.bytes());
}

describe('trees that nobody could walk', () => {
  test.each([
    ['a cycle', 'has a cycle', (c) => (c.trueIds[1] = c.nodeIds[0])],
    ['a node that is its own child', 'has a cycle', (c) => (c.falseIds[2] = c.nodeIds[2])],
    ['a missing node', 'has no child 77', (c) => (c.falseIds[1] = 77)],
    ['a child in another tree', 'has no child', (c) => (c.treeIds[c.treeIds.lastIndexOf(0)] = 50)],
    ['two nodes of one name', 'has two nodes', (c) => (c.nodeIds[3] = c.nodeIds[4])],
    ['a tree in two parts', 'do not lie together', (c) => (c.treeIds[c.treeIds.length - 1] = 0)],
    ['a threshold too few', '59 values of thresholds', (c) => c.thresholds.pop()],
    ['a mode too few', '59 values of modes', (c) => c.modes.pop()],
    ['a weight too many', 'have 97 weights and 96', (c) => c.weights.push(1)],
    ['a weight of no node', 'which it does not have', (c) => (c.weightNodeIds[5] = 400)],
    ['a weight of no tree', 'which it does not have', (c) => (c.weightTreeIds[5] = 400)],
    ['a weight of a fourth class', 'for the class 3 of 3', (c) => (c.weightScores[5] = 3)],
    ['a feature before the first', 'reads the feature -1', (c) => (c.features[0] = -1)],
    ['a feature far beyond all', 'reads the feature 4000000000', (c) => (c.features[0] = 4_000_000_000)],
    ['no nodes', 'have no nodes', (c) => Object.values(c).forEach((list) => (list.length = 0))],
  ] as [string, string, (columns: TreeColumns) => void][])('%s', (_name, message, edit) => {
    expect(() => read(edited(edit))).toThrow(message);
  });

  test('a node that no node leads to', () => {
    const file = edited((c) => {
      // An inner node becomes a leaf: its children are still there.
      c.modes[c.modes.findLastIndex((mode) => mode !== 'LEAF')] = 'LEAF';
    });
    expect(() => read(file)).toThrow('2 nodes without a parent');
  });

  test('a tree too deep to be descended', () => {
    const levels = maxDepth + 5;
    const chain = randomForest({ ...basis, trees: 1, shape: 'chain', size: levels + 1 });
    expect(() => read(writeOnnx(chain))).toThrow(`deeper than ${maxDepth} levels`);
  });

  test('more list elements than memory should hold', () => {
    const packed = Buffer.alloc(45_000_000);
    const attribute = Buffer.concat([Buffer.from([0x42]), varint(packed.length), packed]);
    const node = Buffer.concat([Buffer.from([0x2a]), varint(attribute.length), attribute]);
    const graph = Buffer.concat([Buffer.from([0x0a]), varint(node.length), node]);
    const file = Buffer.concat([Buffer.from([0x08, 8, 0x3a]), varint(graph.length), graph]);
    expect(() => readOnnx(file)).toThrow('more than 25000000 numbers');
  });

  test('ten million nodes', () => {
    const columns = randomForest(basis).columns;
    columns.nodeIds = new Array<number>(10_000_000).fill(0);
    expect(() => read(writeOnnx({ ...randomForest(basis), columns }))).toThrow(
      'its trees have 10000000 nodes; more than 2000000 are not served',
    );
  });
});

/** The last inner node gets another child in the place of the last leaf, which goes. */
function replaceLastLeaf({ integers, weights }: WrittenEnsemble, child: number): void {
  integers.leaf_targetids.pop();
  weights.pop();
  const ways = ['true', 'false'].map((way) => [integers[`nodes_${way}nodeids`], integers[`nodes_${way}leafs`]]);
  const [ids, isLeaf] = ways.find(([ids, isLeaf]) => isLeaf.at(-1) === 1 && ids.at(-1) === weights.length)!;
  ids[ids.length - 1] = child;
  isLeaf[ids.length - 1] = 0;
}

describe('a TreeEnsemble of ai.onnx.ml 5 that nobody could walk', () => {
  const ensemble = () => asTreeEnsemble({ ...randomForest({ ...basis, leaves: 'one' }), kind: 'regressor' });
  test.each([
    ['a cycle', 'has a cycle', (e) => replaceLastLeaf(e, e.integers.tree_roots[3])],
    ['a node that is its own child', 'has a cycle', (e) => replaceLastLeaf(e, 27)],
    ['a cycle that leaves nodes behind', 'without a parent', (e) => (e.integers.nodes_truenodeids[1] = 0)],
    ['a missing node', 'have no node 4000', (e) => (e.integers.nodes_truenodeids[0] = 4000)],
    ['a missing root', 'have no node 4000', (e) => (e.integers.tree_roots[1] = 4000)],
    ['a missing leaf', 'has no leaf 4000', (e) => (e.integers.nodes_truenodeids[6] = 4000)],
    ['a root too few', '15 nodes without a parent', (e) => e.integers.tree_roots.pop()],
    ['a threshold too few', '27 values of thresholds', (e) => e.splits.pop()],
    ['a mode too few', '27 values of modes', (e) => e.modes.pop()],
    ['a weight too many', 'have 33 weights and 32 targets', (e) => e.weights.push(1)],
    ['a target that is none', 'for the class 3 of 3', (e) => (e.integers.leaf_targetids[0] = 3)],
    ['no roots', 'nodes without a parent', (e) => (e.integers.tree_roots = [])],
  ] as [string, string, (e: WrittenEnsemble) => void][])('%s', (_name, message, edit) => {
    const broken = ensemble();
    edit(broken);
    expect(() => read(writeTreeEnsemble(broken))).toThrow(message);
  });
  test.each([
    ['a transform of two meanings', 'its post transform is SOFTMAX or LOGISTIC', (e) => (e.transform = 1)],
    ['the highest of its trees', 'its aggregate function is MAX', (e) => (e.aggregate = 3)],
    ['membership', 'it compares by BRANCH_MEMBER', (e) => (e.modes[0] = 6)],
  ] as [string, string, (e: WrittenEnsemble) => void][])('that does not fit: %s', (_name, reason, edit) => {
    const other = ensemble();
    edit(other);
    expect(read(writeTreeEnsemble(other))).toEqual({ forest: null, reason });
  });
  test('that does not fit: float64', () => {
    const reason = 'its attribute nodes_splits is no list of float32';
    expect(read(writeTreeEnsemble(ensemble(), doubleTensor))).toEqual({ forest: null, reason });
  });
});

describe('trees beside other operators', () => {
  const forest = randomForest(basis);
  test('are found wherever they are', () => {
    const broken = randomForest(basis);
    broken.columns.trueIds[1] = broken.columns.nodeIds[0];
    expect(() => read(writeOnnx(forest, operatorOf(broken)))).toThrow('its tree 0 has a cycle');
    expect(read(writeOnnx(forest, operatorOf(forest)))).toEqual({ forest: null, reason: 'it has 2 tree ensembles' });
  });
  test('cannot hide in an operator that holds a graph', () => {
    expect(() => read(writeOnnx(forest, holdsGraph('Loop')))).toThrow('its operator Loop holds a graph');
  });
  test('cannot hide in an operator that the file defines', () => {
    const file = Buffer.concat([writeOnnx(forest), Buffer.from([0xca, 1, 0])]);
    expect(() => read(file)).toThrow('it defines operators of its own');
  });
});

describe('what does not fit says why', () => {
  test.each([
    ['another comparison', 'it compares by BRANCH_EQ', edited((c) => (c.modes[0] = 'BRANCH_EQ'))],
    ['a threshold that is no number', 'a threshold is not a number', edited((c) => (c.thresholds[0] = NaN))],
    ['an infinite weight', 'a weight is not finite', edited((c) => (c.weights[0] = Infinity))],
    [
      'a leaf that weighs a class twice',
      'a leaf weighs one class twice',
      edited((c) => (c.weightScores[1] = c.weightScores[0])),
    ],
    [
      'float64',
      'its attribute nodes_values_as_tensor is no list of float32',
      writeOnnx(randomForest(basis), () => {}, doubleTensor),
    ],
    [
      'base values where a class is not always weighed',
      'it has base values for scores that not every row gets',
      writeOnnx(randomForest({ ...basis, leaves: 'some', baseValues: [1, 2, 3] })),
    ],
    [
      'base values of other targets',
      'it has 2 base values for 3 targets',
      edited(() => {}, { kind: 'regressor', baseValues: [1, 2] }),
    ],
    ['another transform', 'its post transform is PROBIT', edited(() => {}, { transform: 'PROBIT' })],
    ['base values of other classes', 'it has 2 base values for 3 classes', edited(() => {}, { baseValues: [1, 2] })],
    [
      'the lowest of its trees',
      'its aggregate function is MIN',
      edited(() => {}, { kind: 'regressor', aggregate: 'MIN' }),
    ],
    [
      'another operator',
      'it has other operators: TreeEnsembleClassifier, Identity',
      writeOnnx(randomForest(basis), identity('answers', 'again')),
    ],
    ['no trees', 'it has no tree ensemble but ArgMax', modelFixture('labels-only.onnx')],
  ])('%s', (_name, reason, file) => {
    expect(read(file)).toEqual({ forest: null, reason });
  });

  test('nodes with two parents', () => {
    const shared = edited((c) => {
      // Both ways of a node lead to the same leaf, and the other leaf is gone.
      const node = c.modes.findLastIndex((mode) => mode !== 'LEAF');
      const gone = c.nodeIds.lastIndexOf(c.trueIds[node]);
      c.trueIds[node] = c.falseIds[node];
      for (const list of [
        c.treeIds,
        c.nodeIds,
        c.modes,
        c.features,
        c.thresholds,
        c.missingIsTrue,
        c.trueIds,
        c.falseIds,
      ])
        list.splice(gone, 1);
      for (const list of [c.weightTreeIds, c.weightNodeIds, c.weightScores, c.weights]) list.splice(-6, 3);
    });
    expect(read(shared)).toEqual({ forest: null, reason: '1 of its trees share nodes' });
  });
});

test('the next float32 is that of NumPy', () => {
  // numpy.nextafter(numpy.float32(x), numpy.float32('inf'))
  expect([1, -1, 0, -0, 0.1, -1e-45, 3.4028234663852886e38].map((x) => nextAbove(Math.fround(x)))).toEqual([
    1.0000001192092896,
    -0.9999999403953552,
    1.401298464324817e-45,
    1.401298464324817e-45,
    0.10000000894069672,
    -0,
    Infinity,
  ]);
  expect(nextAbove(Infinity)).toBeNaN();
});

test('e^x in float32 is within one bit of that in float64', () => {
  const random = randomOf(4);
  for (let i = 0; i < 20_000; i++) {
    const x = Math.fround(random() * 190 - 104);
    const [exact, found] = [Math.fround(Math.exp(x)), expFloat32(x)];
    expect(found === exact || found === nextAbove(exact) || nextAbove(found) === exact, `e^${x}`).toBe(true);
  }
  expect([-Infinity, -200, 0, 89, Infinity].map(expFloat32)).toEqual([0, 0, 1, Infinity, Infinity]);
  expect(expFloat32(NaN)).toBeNaN();
});
