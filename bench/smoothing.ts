import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { smoothProbabilities, type ProbabilityPlane } from '#shared/model/smoothing.ts';
import { fraction } from '../samples/make-season/noise.ts';
import { alternate } from './alternate.ts';
import { arrayPython, arrayVersions, cache, floats } from './array-peer.ts';
import { startPythonPeer } from './python-peer.ts';
import { thisMachine, type BenchReport } from './report.ts';

const side = 1024;
const classes = 7;
/** Width of a field in pixels. */
const field = 24;
/** As the peer has it in `main`. */
const smoothing = { method: 'smooth-v1', window: 7, smoothness: 20, fraction: 0.5 } as const;

/** `smoothing`: probabilities of seven classes of a million pixels, float32 in and out. */
export async function benchSmoothing({ runs }: { runs: number }): Promise<BenchReport> {
  const python = await arrayPython();
  const plane = fields();
  await mkdir(cache, { recursive: true });
  const [input, output] = [join(cache, 'smoothing.input'), join(cache, 'smoothing.answers')];
  await writeFile(input, plane.values);
  const peer = await startPythonPeer(python, 'smoothing_peer.py', [input, String(side), String(side), output]);
  try {
    let smoothed: Float32Array = new Float32Array();
    const times = await alternate(
      'smoothing',
      runs,
      () => void (smoothed = smoothProbabilities(plane, smoothing)),
      peer,
    );
    await peer.save();
    compare(smoothed, await floats(output));
    const row = { part: 'smoothing 7 x 7, 7 classes', peer: 'NumPy and SciPy', goal: 10, threads: '1', ...times };
    return { machine: thisMachine(), versions: await arrayVersions(), rows: [row] };
  } finally {
    peer.end();
  }
}

/** Square fields of a class each, seen through noise; one field in forty without data. */
function fields(): ProbabilityPlane {
  const values = new Float32Array(side * side * classes).fill(NaN);
  for (let pixel = 0; pixel < side * side; pixel++) {
    const [row, col] = [Math.floor(pixel / side / field), Math.floor((pixel % side) / field)];
    if (fraction(row, col, 1) < 1 / 40) continue;
    const grown = Math.floor(classes * fraction(row, col, 2));
    const raw = Array.from({ length: classes }, (_, k) => Math.exp(4 * fraction(pixel, k) + (k === grown ? 3 : 0)));
    const sum = raw.reduce((a, b) => a + b, 0);
    raw.forEach((value, k) => (values[pixel * classes + k] = value / sum));
  }
  return { width: side, height: side, classes, values };
}

function compare(ours: Float32Array, theirs: Float32Array): void {
  if (ours.length !== theirs.length) throw new Error(`${ours.length} answers and ${theirs.length} of the peer`);
  let worst = 0;
  for (let i = 0; i < ours.length; i++) {
    if (Number.isNaN(ours[i]) && Number.isNaN(theirs[i])) continue;
    const difference = Math.abs(ours[i] - theirs[i]);
    worst = Math.max(worst, Number.isNaN(difference) ? Infinity : difference);
  }
  console.error(`bench: smoothing: the answers differ by ${worst.toExponential(1)} at most`);
  if (worst > 2e-6) throw new Error(`the answers differ by ${worst}; times of other answers mean nothing`);
}
