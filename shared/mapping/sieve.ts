import { regionsOf, type Pause, type Regions } from './regions.ts';

/**
 * Dissolves regions of fewer than `threshold` pixels into the largest of their neighbours, 4-connected, as
 * `gdal_sieve.py -st <threshold> -4` does: of neighbours that are small themselves, into the largest neighbour of theirs,
 * and so on; of several that are equally large, into the one that is met first. A small region without such a neighbour
 * stays. Pixels of value 0 stay and take nobody in.
 *
 * @param values row by row; changed in place
 */
export async function sieve(values: Uint8Array, width: number, threshold: number, pause: Pause): Promise<void> {
  const regions = await regionsOf(values, width, pause);
  const sizes = new Int32Array(regions.count);
  const valueOf = new Uint8Array(regions.count);
  for (let at = 0; at < values.length; at++) {
    if (at % width === 0) await pause();
    if (regions.labels[at] < 0) continue;
    sizes[regions.labels[at]]++;
    valueOf[regions.labels[at]] = values[at];
  }
  const largest = await largestNeighbours(regions, sizes, width, pause);
  const targets = await targetsOf(largest, sizes, threshold, pause);
  for (let at = 0; at < values.length; at++) {
    if (at % width === 0) await pause();
    const target = regions.labels[at] < 0 ? -1 : targets[regions.labels[at]];
    if (target >= 0) values[at] = valueOf[target];
  }
}

/** The largest neighbour of each region, -1 without any. Pixel by pixel, the upper neighbour before the left one, as GDAL goes. */
async function largestNeighbours(
  { count, labels }: Regions,
  sizes: Int32Array,
  width: number,
  pause: Pause,
): Promise<Int32Array> {
  const largest = new Int32Array(count).fill(-1);
  const meet = (a: number, b: number) => {
    if (a < 0 || b < 0 || a === b) return;
    if (largest[a] < 0 || sizes[largest[a]] < sizes[b]) largest[a] = b;
    if (largest[b] < 0 || sizes[largest[b]] < sizes[a]) largest[b] = a;
  };
  for (let at = 0; at < labels.length; at++) {
    const col = at % width;
    if (col === 0) await pause();
    if (at >= width) meet(labels[at], labels[at - width]);
    if (col > 0) meet(labels[at], labels[at - 1]);
  }
  return largest;
}

const unknown = -2;
const regionsPerPause = 4096;

/** Where each small region goes, -1 for those that stay. A way is walked once: what is found at its end holds for all on it. */
async function targetsOf(largest: Int32Array, sizes: Int32Array, threshold: number, pause: Pause): Promise<Int32Array> {
  const targets = new Int32Array(sizes.length).fill(unknown);
  const onTheWay: number[] = [];
  for (let region = 0; region < sizes.length; region++) {
    if (region % regionsPerPause === 0) await pause();
    let next = region;
    while (next >= 0 && sizes[next] < threshold && targets[next] === unknown) {
      // Whoever comes back to a region on the way finds that it leads nowhere.
      targets[next] = -1;
      onTheWay.push(next);
      next = largest[next];
    }
    const end = next < 0 ? -1 : sizes[next] >= threshold ? next : targets[next];
    for (let small = onTheWay.pop(); small !== undefined; small = onTheWay.pop()) targets[small] = end;
    if (sizes[region] >= threshold) targets[region] = -1;
  }
  return targets;
}
