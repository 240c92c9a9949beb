import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { seasonDekads } from '#shared/domain/season.ts';
import { featureCount, featureNames } from '#shared/features/feature-names.ts';
import { reservePasses, seasonFeatures, type Pass } from '#shared/features/season-features.ts';
import { alternate } from './alternate.ts';
import { arrayPython, arrayVersions, cache, floats } from './array-peer.ts';
import { startPythonPeer } from './python-peer.ts';
import { thisMachine, type BenchReport } from './report.ts';
import { seasonCube, type SeasonCube } from './season-cube.ts';

/** Pixels that the peer takes at a time: what it is fastest with. */
const peerBlock = 4096;

/** `features`: 51 features of a million pixels from 55 scenes in memory, digital numbers and classes in. */
export async function benchFeatures({ runs }: { runs: number }): Promise<BenchReport> {
  const python = await arrayPython();
  const cube = await seasonCube(join(cache, 'season-cube'));
  const file = join(cache, 'features.answers');
  const { kernel, dekads } = await passesOf(cube);
  const peer = await startPythonPeer(python, 'features_peer.py', [cube.folder, String(peerBlock), file]);
  try {
    // Both sides write into an array that they keep.
    const features = new Float32Array(cube.pixels * featureCount);
    const times = await alternate(
      'features',
      runs,
      () => void seasonFeatures(dekads, cube.pixels, kernel, features),
      peer,
    );
    await peer.save();
    compare(features, await floats(file));
    const row = {
      part: `51 features from ${cube.passes.length} scenes`,
      peer: 'NumPy',
      goal: 20,
      threads: '1',
      ...times,
    };
    return { machine: thisMachine(), versions: await arrayVersions(), rows: [row] };
  } finally {
    peer.end();
  }
}

/** The season where the kernel reads it, as the peer has it in its own memory. */
async function passesOf({ folder, pixels, passes }: SeasonCube) {
  const { kernel, planes } = reservePasses(pixels, passes.length);
  const numbers = new Uint16Array((await readFile(join(folder, 'numbers'))).buffer);
  const classes = await readFile(join(folder, 'classes'));
  const dekads: Pass[][] = Array.from({ length: seasonDekads }, () => []);
  planes.forEach((plane, i) => {
    plane.numbers.forEach((to, band) => {
      const at = (i * plane.numbers.length + band) * pixels;
      to.set(numbers.subarray(at, at + pixels));
    });
    plane.classes.set(classes.subarray(i * pixels, (i + 1) * pixels));
    dekads[passes[i].dekad].push({ ...plane, scaling: passes[i].bands });
  });
  return { kernel, dekads };
}

/** Features that follow from comparisons, where the two may differ if a comparison is close. */
const decided = new Set(
  ['peak_t', 'sos_t', 'eos_t', 'los', 'auc', 'rog', 'ros', 'n_peaks', 'asym'].map((name) => `ndvi_${name}`),
).add('ndre_ndvi_peak_lag');

/** Refuses answers that are not the same: times of other answers mean nothing. */
function compare(ours: Float32Array, theirs: Float32Array): void {
  if (ours.length !== theirs.length) throw new Error(`${ours.length} answers and ${theirs.length} of the peer`);
  const far = featureNames.map(() => 0);
  for (let i = 0; i < ours.length; i++) {
    if (Number.isNaN(ours[i]) && Number.isNaN(theirs[i])) continue;
    if (!(Math.abs(ours[i] - theirs[i]) <= 1e-4)) far[i % featureCount]++;
  }
  const pixels = ours.length / featureCount;
  featureNames.forEach((name, i) => {
    if (far[i] > 0) console.error(`bench: ${name} differs in ${far[i]} of ${pixels} pixels`);
    if (far[i] > (decided.has(name) ? pixels / 1000 : 0)) throw new Error(`${name} is another in ${far[i]} pixels`);
  });
}
