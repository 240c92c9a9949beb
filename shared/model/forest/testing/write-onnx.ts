import { ByteSink } from '#shared/wasm/byte-sink.ts';
import type { TreeColumns } from '../read-trees.ts';

/** What an ONNX file of one tree operator says. */
export interface WrittenForest {
  columns: TreeColumns;
  kind: 'classifier' | 'regressor';
  outputs: number;
  baseValues?: number[];
  transform?: string;
  aggregate?: string;
  features: number;
}

type Put = (sink: ByteSink) => void;

function field(number: number, put: Put): Put {
  return (sink) => {
    const body = new ByteSink();
    put(body);
    sink.unsigned(number * 8 + 2);
    sink.unsigned(body.length);
    sink.append(body.bytes());
  };
}

/** A whole number from 0 to 2^32 - 1, or -1. */
const integer =
  (number: number, value: number): Put =>
  (sink) => {
    sink.unsigned(number * 8);
    if (value === -1) sink.append([...new Array<number>(9).fill(0xff), 1]);
    else sink.unsigned(value);
  };
const text = (number: number, value: string): Put =>
  field(number, (sink) => sink.append(new TextEncoder().encode(value)));
const all =
  (...puts: Put[]): Put =>
  (sink) => {
    for (const put of puts) put(sink);
  };

const list =
  <T>(values: readonly T[], put: (value: T) => Put): Put =>
  (sink) => {
    for (const value of values) put(value)(sink);
  };

/** Lists are written as ONNX's own library does: integers and floats one by one, not packed. */
const integers = (name: string, values: readonly number[]): Put =>
  field(
    5,
    all(
      text(1, name),
      integer(20, 7),
      list(values, (value) => integer(8, value)),
    ),
  );
const floats = (name: string, values: readonly number[]): Put =>
  field(
    5,
    all(text(1, name), integer(20, 6), (sink) => {
      for (const value of values) {
        sink.unsigned(7 * 8 + 5);
        sink.append(new Uint8Array(Float32Array.of(value).buffer));
      }
    }),
  );
const texts = (name: string, values: readonly string[]): Put =>
  field(
    5,
    all(
      text(1, name),
      integer(20, 8),
      list(values, (value) => text(9, value)),
    ),
  );
const attributeText = (name: string, value: string): Put =>
  field(5, all(text(1, name), integer(20, 3), text(4, value)));
const attributeInteger = (name: string, value: number): Put =>
  field(5, all(text(1, name), integer(20, 2), integer(3, value)));

const dim = (extent: number | null): Put => field(1, extent === null ? () => {} : integer(1, extent));
const value = (number: number, name: string, type: number, dims: (number | null)[]): Put =>
  field(number, all(text(1, name), field(2, field(1, all(integer(1, type), field(2, all(...dims.map(dim))))))));

/** A tensor of one dimension with its elements as raw bytes. */
const tensor = (name: string, elementType: number, bytes: Uint8Array, elementBytes: number): Put =>
  field(
    5,
    all(
      text(1, name),
      integer(20, 4),
      field(
        5,
        all(
          integer(1, bytes.length / elementBytes),
          integer(2, elementType),
          field(9, (sink) => sink.append(bytes)),
        ),
      ),
    ),
  );
export const floatTensor = (name: string, values: readonly number[]): Put =>
  tensor(name, 1, new Uint8Array(Float32Array.from(values).buffer), 4);
export const doubleTensor = (name: string, values: readonly number[]): Put =>
  tensor(name, 11, new Uint8Array(Float64Array.from(values).buffer), 8);

/** The attributes of a TreeEnsemble of ai.onnx.ml 5. */
export interface WrittenEnsemble {
  features: number;
  outputs: number;
  /** By the numbers of the specification. */
  transform: number;
  aggregate: number;
  integers: Record<string, number[]>;
  splits: number[];
  modes: number[];
  weights: number[];
}

/** An operator of that kind, in the graph of a file of its own. */
export function writeTreeEnsemble(ensemble: WrittenEnsemble, floating = floatTensor): Uint8Array {
  const node = all(
    text(1, 'rows'),
    text(2, 'answers'),
    text(4, 'TreeEnsemble'),
    ...Object.entries(ensemble.integers).map(([name, values]) => integers(name, values)),
    floating('nodes_splits', ensemble.splits),
    tensor('nodes_modes', 2, Uint8Array.from(ensemble.modes), 1),
    floating('leaf_weights', ensemble.weights),
    attributeInteger('n_targets', ensemble.outputs),
    attributeInteger('post_transform', ensemble.transform),
    attributeInteger('aggregate_function', ensemble.aggregate),
    text(7, 'ai.onnx.ml'),
  );
  return fileOf(node, { ...ensemble, isClassifier: false, mlVersion: 5 }, () => {});
}

/** An operator with its attributes, in the graph of a file of its own. */
export function writeOnnx(forest: WrittenForest, more: Put = () => {}, thresholds = floatList): Uint8Array {
  const { kind, outputs, features } = forest;
  return fileOf(nodeOf(forest, thresholds), { isClassifier: kind === 'classifier', features, outputs }, more);
}

const floatList = (name: string, values: readonly number[]): Put => floats(name.replace('_as_tensor', ''), values);

function nodeOf(forest: WrittenForest, thresholds: typeof floatList): Put {
  const { columns, kind, outputs, baseValues = [], transform = 'NONE', aggregate } = forest;
  const isClassifier = kind === 'classifier';
  const weights = isClassifier ? 'class' : 'target';
  return all(
    text(1, 'rows'),
    ...(isClassifier ? [text(2, 'label')] : []),
    text(2, 'answers'),
    text(4, isClassifier ? 'TreeEnsembleClassifier' : 'TreeEnsembleRegressor'),
    integers('nodes_treeids', columns.treeIds),
    integers('nodes_nodeids', columns.nodeIds),
    texts('nodes_modes', columns.modes),
    integers('nodes_featureids', columns.features),
    thresholds('nodes_values_as_tensor', columns.thresholds),
    ...(columns.missingIsTrue.length > 0 ? [integers('nodes_missing_value_tracks_true', columns.missingIsTrue)] : []),
    integers('nodes_truenodeids', columns.trueIds),
    integers('nodes_falsenodeids', columns.falseIds),
    integers(`${weights}_treeids`, columns.weightTreeIds),
    integers(`${weights}_nodeids`, columns.weightNodeIds),
    integers(`${weights}_ids`, columns.weightScores),
    floats(`${weights}_weights`, columns.weights),
    ...(baseValues.length > 0 ? [floats('base_values', baseValues)] : []),
    attributeText('post_transform', transform),
    ...(aggregate ? [attributeText('aggregate_function', aggregate)] : []),
    isClassifier
      ? integers(
          'classlabels_int64s',
          Array.from({ length: outputs }, (_, i) => i),
        )
      : attributeInteger('n_targets', outputs),
    text(7, 'ai.onnx.ml'),
  );
}

type Shape = Pick<WrittenForest, 'features' | 'outputs'> & { isClassifier: boolean; mlVersion?: number };

function fileOf(node: Put, { isClassifier, features, outputs, mlVersion = 1 }: Shape, more: Put): Uint8Array {
  const graph = all(
    field(1, node),
    text(2, 'forest'),
    value(11, 'rows', 1, [null, features]),
    ...(isClassifier ? [value(12, 'label', 7, [null])] : []),
    value(12, 'answers', 1, [null, outputs]),
    more,
  );
  const file = new ByteSink();
  all(
    integer(1, 8),
    field(7, graph),
    field(8, all(text(1, ''), integer(2, 15))),
    field(8, all(text(1, 'ai.onnx.ml'), integer(2, mlVersion))),
  )(file);
  return file.bytes();
}

/** A graph's operator that copies a value: what a forest has no room for. */
export const identity = (from: string, to: string): Put =>
  field(1, all(text(1, from), text(2, to), text(4, 'Identity')));

/** The operator of a forest, to be one more of another's graph. */
export const operatorOf = (forest: WrittenForest): Put => field(1, nodeOf(forest, floatList));

/** An operator with an empty graph as its attribute. */
export const holdsGraph = (operator: string): Put =>
  field(
    1,
    all(
      text(4, operator),
      field(
        5,
        all(
          text(1, 'body'),
          integer(20, 5),
          field(6, () => {}),
        ),
      ),
    ),
  );
