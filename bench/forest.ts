import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { featureCount, featureSet } from '#shared/features/feature-names.ts';
import { readOnnx } from '#shared/model/forest/onnx-file.ts';
import { awkwardRows } from '#shared/model/forest/testing/random-forest.ts';
import { classify } from '#shared/model/classify.ts';
import { ensembleOf, type Ensemble } from '#shared/model/ensemble.ts';
import { loadEnsemble } from '#shared/model/load-ensemble.ts';
import { readManifest } from '#shared/model/read-bundle.ts';
import { directoryBundle } from '#shared/model/bundle-files.ts';
import { compileMember, openMember } from '#shared/model/open-member.ts';
import { forestModels } from './forest-models.ts';
import { startPythonPeer, type RunTime } from './python-peer.ts';
import { median, pinnedVersion, thisMachine, type BenchReport, type BenchRow } from './report.ts';

const root = join(import.meta.dirname, '..');
const temperate = join(root, 'samples', 'models', 'temperate');
const temperateFiles = ['xgboost', 'lightgbm', 'catboost'].map((name) => join(temperate, `${name}.onnx`));
const million = 1_000_000;

/** One engine of a comparison, ready to answer for all rows. */
interface Side {
  /** [row][class] of the last run; null for a peer that keeps them. */
  run(): Promise<RunTime>;
  answers(): Promise<Float32Array>;
  end(): Promise<void> | void;
}

interface Comparison {
  part: string;
  peer: string;
  goal: number;
  allowed: Allowed;
  rows: Float32Array;
  ours: () => Promise<Side>;
  theirs: () => Promise<Side>;
}

/** A row of the report, with the seconds of the processor beside those of the clock. */
interface ForestRow extends BenchRow {
  ours_cpu: number;
  peer_cpu: number;
  /** Largest difference of a probability, and rows of another class. */
  difference: number;
  other_classes: number;
}

/** A million rows of 51 features: forests compiled here, against ONNX Runtime and the libraries that trained them. */
export async function benchForest({ runs }: { runs: number }): Promise<BenchReport> {
  const models = await forestModels(million, join(temperate, 'samples.json'));
  const [rows, season] = [await floats(models.rows), await floats(models.season)];
  const file = (name: string) => join(models.folder, name);
  const native = (library: string, model: string) => () =>
    pythonSide(models.python, library, file(model), models.rows, file(`${library}.answers`));
  const comparisons: Comparison[] = [
    {
      part: '800 trees of depth 6',
      peer: 'onnxruntime-node',
      goal: 15,
      allowed: asOnnxRuntime,
      rows,
      ours: () => forestSide([file('xgboost.onnx')], rows),
      theirs: () => runtimeSide([file('xgboost.onnx')], rows),
    },
    {
      part: 'the model temperate',
      peer: 'onnxruntime-node',
      goal: 15,
      allowed: asOnnxRuntime,
      rows: season,
      ours: () => bundleSide(season),
      theirs: () => runtimeSide(temperateFiles, season),
    },
    {
      part: '800 trees of XGBoost',
      peer: 'XGBoost',
      goal: 4,
      allowed: asLibraries,
      rows,
      ours: () => forestSide([file('xgboost.onnx')], rows),
      theirs: native('xgboost', 'xgboost.json'),
    },
    {
      part: '800 trees of LightGBM',
      peer: 'LightGBM',
      goal: 4,
      allowed: asLibraries,
      rows,
      ours: () => forestSide([file('lightgbm.onnx')], rows),
      theirs: native('lightgbm', 'lightgbm.txt'),
    },
    {
      part: '800 trees of CatBoost',
      peer: 'CatBoost',
      goal: 1.5,
      allowed: asLibraries,
      rows,
      ours: () => forestSide([file('catboost.onnx')], rows),
      theirs: native('catboost', 'catboost.cbm'),
    },
  ];
  await compareAwkward();
  const reported: ForestRow[] = [];
  for (const comparison of comparisons) reported.push(await compare(comparison, runs));
  return { machine: thisMachine(), versions: await versions(), rows: reported };
}

/** A million rows on thresholds, beside them, infinite or no numbers at all, through the trees of three libraries. */
async function compareAwkward(): Promise<void> {
  const { attributes } = readOnnx(await readFile(join(temperate, 'lightgbm.onnx'))).nodes[0];
  const rows = awkwardRows(
    {
      modes: attributes.get('nodes_modes')!.texts,
      features: attributes.get('nodes_featureids')!.integers,
      thresholds: attributes.get('nodes_values')!.floats,
    },
    { features: featureCount, rows: million, seed: 1 },
  );
  const [ours, theirs] = [await bundleSide(rows), await runtimeSide(temperateFiles, rows)];
  await ours.run();
  await theirs.run();
  difference(await ours.answers(), await theirs.answers(), 'awkward rows', asOnnxRuntime);
  await ours.end();
  await theirs.end();
}

/** Runs both sides in turn; their answers must be the same before their times count. */
async function compare(
  { part, peer, goal, allowed, ours: openOurs, theirs: openTheirs }: Comparison,
  runs: number,
): Promise<ForestRow> {
  const [ours, theirs] = [await openOurs(), await openTheirs()];
  try {
    const times: { ours: RunTime; theirs: RunTime }[] = [];
    for (let run = 0; run < runs; run++) {
      times.push({ ours: await ours.run(), theirs: await theirs.run() });
      console.error(
        `bench: ${part}, run ${run + 1}: ${times[run].ours.wall.toFixed(2)} s, ${peer} ${times[run].theirs.wall.toFixed(2)} s`,
      );
    }
    const [wall, peerWall] = [
      median(times.map((time) => time.ours.wall)),
      median(times.map((time) => time.theirs.wall)),
    ];
    return {
      ...{ part, peer, goal, unit: 's', threads: '1' },
      ...{ ours: wall, peer_value: peerWall, ratio: peerWall / wall },
      ours_cpu: median(times.map((time) => time.ours.cpu)),
      peer_cpu: median(times.map((time) => time.theirs.cpu)),
      ...difference(await ours.answers(), await theirs.answers(), part, allowed),
    };
  } finally {
    await ours.end();
    await theirs.end();
  }
}

/** How far a peer's answers may differ for its times to count. */
interface Allowed {
  probability: number;
  /** Rows of another class. */
  classes: number;
}

const asOnnxRuntime: Allowed = { probability: 1e-6, classes: 0 };
/** LightGBM and CatBoost add up in float64, and ONNX says float32: a few rows lie between two classes. */
const asLibraries: Allowed = { probability: 2e-6, classes: 20 };

function difference(
  ours: Float32Array,
  theirs: Float32Array,
  part: string,
  allowed: Allowed,
): Pick<ForestRow, 'difference' | 'other_classes'> {
  if (ours.length !== theirs.length)
    throw new Error(`${part}: ${ours.length} answers and ${theirs.length} of the peer`);
  const worst = ours.reduce((most, value, i) => Math.max(most, Math.abs(value - theirs[i])), 0);
  const classes = ours.length / million;
  const [mine, other] = [classify(ours, classes).class, classify(theirs, classes).class];
  const others = mine.reduce((sum, value, i) => sum + (value === other[i] ? 0 : 1), 0);
  console.error(`bench: ${part}: probabilities differ by ${worst.toExponential(1)} at most, classes in ${others} rows`);
  if (!(worst <= allowed.probability && others <= allowed.classes))
    throw new Error(`${part}: the answers are others than the peer's; times of other answers mean nothing`);
  return { difference: worst, other_classes: others };
}

const forestSide = async (files: readonly string[], rows: Float32Array): Promise<Side> => {
  const members = [];
  for (const file of files) {
    const form = await compileMember(await readFile(file), { features: featureCount, classes: 8 });
    const opened = await openMember(form);
    if (opened.reason !== null) throw new Error(`${file} is not compiled: ${opened.reason}`);
    members.push({ file, weight: 1, ...opened });
  }
  return ensembleSide(ensembleOf(members, 8, featureCount), rows);
};

async function bundleSide(rows: Float32Array): Promise<Side> {
  const read = directoryBundle(temperate);
  const ensemble = await loadEnsemble(read, await readManifest(read, temperate, featureSet), featureSet);
  return ensembleSide(ensemble, rows);
}

/** Ours as the product runs it: probabilities, then classes of them. */
async function ensembleSide(ensemble: Ensemble, rows: Float32Array): Promise<Side> {
  let probabilities: Float32Array = new Float32Array();
  return {
    run: () =>
      timed(async () => {
        probabilities = await ensemble.predict(rows);
        classify(probabilities, ensemble.classes);
      }),
    answers: async () => probabilities,
    end: () => ensemble.release(),
  };
}

/** ONNX Runtime on one thread, all rows in one run of each session; their mean as the product takes it. */
async function runtimeSide(files: readonly string[], rows: Float32Array): Promise<Side> {
  const options = { intraOpNumThreads: 1, interOpNumThreads: 1, executionMode: 'sequential' } as const;
  const sessions: InferenceSession[] = [];
  for (const file of files) sessions.push(await InferenceSession.create(await readFile(file), options));
  let mean: Float32Array = new Float32Array();
  const predict = async () => {
    const input = new Tensor('float32', rows, [rows.length / featureCount, featureCount]);
    const answers: Float32Array[] = [];
    for (const session of sessions) {
      const { probabilities } = await session.run({ [session.inputNames[0]]: input }, ['label', 'probabilities']);
      answers.push(probabilities.data as Float32Array);
    }
    mean = new Float32Array(answers[0].length);
    for (const answer of answers) for (let i = 0; i < mean.length; i++) mean[i] += answer[i] / answers.length;
    classify(mean, mean.length / (rows.length / featureCount));
  };
  return {
    run: () => timed(predict),
    answers: async () => mean,
    end: async () => {
      for (const session of sessions) await session.release();
    },
  };
}

async function pythonSide(python: string, library: string, model: string, rows: string, out: string): Promise<Side> {
  const peer = await startPythonPeer(python, 'forest_peer.py', [library, model, rows, out]);
  return {
    run: () => peer.run(),
    answers: async () => {
      await peer.save();
      return floats(out);
    },
    end: () => peer.end(),
  };
}

async function timed(work: () => Promise<void>): Promise<RunTime> {
  const [start, cpu] = [performance.now(), process.cpuUsage()];
  await work();
  const wall = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  return { wall, cpu: (user + system) / 1e6 };
}

async function floats(file: string): Promise<Float32Array> {
  const { buffer, byteOffset, byteLength } = await readFile(file);
  return new Float32Array(buffer as ArrayBuffer, byteOffset, byteLength / 4);
}

async function versions(): Promise<Record<string, string>> {
  const requirements = join(root, 'functions', 'train', 'trainer', 'requirements.txt');
  const { version } = JSON.parse(
    await readFile(join(root, 'node_modules', 'onnxruntime-node', 'package.json'), 'utf8'),
  ) as { version: string };
  const pinned = ['xgboost-cpu', 'lightgbm', 'catboost', 'numpy'];
  const all = await Promise.all(
    pinned.map(async (name) => [name, (await pinnedVersion(requirements, name)).split(' ')[0]]),
  );
  return { node: process.versions.node, 'onnxruntime-node': version, ...Object.fromEntries(all) };
}
