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
import { identity, writeOnnx, type WrittenForest } from './testing/write-onnx.ts';

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
    expect(() => readOnnx(file)).toThrow('more fields than any model');
  });

  test('ten million nodes', () => {
    const columns = randomForest(basis).columns;
    columns.nodeIds = new Array<number>(10_000_000).fill(0);
    expect(() => read(writeOnnx({ ...randomForest(basis), columns }))).toThrow(
      'its trees have 10000000 nodes; more than 4000000 are not served',
    );
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
