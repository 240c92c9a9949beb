import { chunkPixels } from '#shared/domain/grid.ts';
import type { TileData } from './tile-encode.ts';

export interface LevelSize {
  width: number;
  height: number;
}

/** The overviews of a raster: halved, rounded up, until the longer side fits one tile of 512; none where it does already. */
export function overviewSizes(width: number, height: number): LevelSize[] {
  const sizes: LevelSize[] = [];
  while (Math.max(width, height) > chunkPixels) {
    width = Math.ceil(width / 2);
    height = Math.ceil(height / 2);
    sizes.push({ width, height });
  }
  return sizes;
}

/** Class (0 = no data) and confidence (0 = no data) of the same pixels, row by row. */
export interface ClassPair {
  classes: Uint8Array;
  confidence: Uint8Array;
}

/** The indexes of the 2 x 2 pixels above an overview pixel; the edges of an odd size have two or one. */
function* blocks({ width, height }: LevelSize): Generator<number[]> {
  for (let row = 0; row < height; row += 2)
    for (let col = 0; col < width; col += 2) {
      const at = row * width + col;
      const right = col + 1 < width;
      const block = right ? [at, at + 1] : [at];
      if (row + 1 < height) block.push(at + width, ...(right ? [at + width + 1] : []));
      yield block;
    }
}

interface Candidate {
  value: number;
  count: number;
  sum: number;
}

/** More pixels win, then the larger sum of confidence, then the lower value. */
const beats = (a: Candidate, b: Candidate) =>
  a.count !== b.count ? a.count > b.count : a.sum !== b.sum ? a.sum > b.sum : a.value < b.value;

function winner({ classes, confidence }: ClassPair, block: readonly number[]): Candidate {
  let best: Candidate = { value: 0, count: 0, sum: 0 };
  for (const first of block) {
    const value = classes[first];
    if (value === 0 || value === best.value) continue;
    const candidate = { value, count: 0, sum: 0 };
    for (const at of block)
      if (classes[at] === value) {
        candidate.count++;
        candidate.sum += confidence[at];
      }
    if (beats(candidate, best)) best = candidate;
  }
  return best;
}

/**
 * One 2 x 2 step for classes: the mode of the valid pixels (a tie goes to the larger sum of confidence, then to the
 * lower value); its confidence is the mean over the pixels of that class, rounded half up. No valid pixel: 0 and 0.
 * The result has ceil(width / 2) x ceil(height / 2) pixels.
 */
export function reduceClasses(pair: ClassPair, size: LevelSize): ClassPair {
  const length = Math.ceil(size.width / 2) * Math.ceil(size.height / 2);
  const out = { classes: new Uint8Array(length), confidence: new Uint8Array(length) };
  let at = 0;
  for (const block of blocks(size)) {
    const { value, count, sum } = winner(pair, block);
    out.classes[at] = value;
    out.confidence[at++] = count === 0 ? 0 : Math.round(sum / count);
  }
  return out;
}

/**
 * One 2 x 2 step for quantities: the mean of the valid pixels (rounded half up for integers), nodata where there is
 * none. `nodata` is NaN or a value at the end of the samples' range, which a mean of valid samples cannot reach.
 */
export function reduceMean<T extends TileData>(data: T, size: LevelSize, nodata: number): T {
  const out = data.slice(0, Math.ceil(size.width / 2) * Math.ceil(size.height / 2)) as T;
  const round = data instanceof Float32Array ? (value: number) => value : Math.round;
  let at = 0;
  for (const block of blocks(size)) {
    let count = 0;
    let sum = 0;
    for (const index of block) {
      const value = data[index];
      if (Number.isNaN(value) || value === nodata) continue;
      count++;
      sum += value;
    }
    out[at++] = count === 0 ? nodata : round(sum / count);
  }
  return out;
}
