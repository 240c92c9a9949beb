/** Cuts that one comparison of four lanes counts. */
export const window = 4;
const smallest = 256;
const largest = 4096;

/**
 * Where to look among a plane's cuts: the range between the lowest and the highest one is divided into equal cells,
 * cell(x) = round(clamp((x - low) * scale, 0, cells - 1)) in float32 operations, each of which is monotonic. So cuts of
 * lower cells are <= x, those of higher ones above it, and only the few of x's own cell are left to be compared.
 */
export interface CellTable {
  low: number;
  scale: number;
  /** For each cell, the number of cuts in lower ones. */
  below: Uint8Array;
}

/** 2^23: adding it leaves no bits behind the binary point, so the sum's low bits are the rounded number. */
export const roundingShift = 8388608;

/** The table of ascending cuts; null where more than four of them stay in one cell however small the cells are. */
export function cellTable(cuts: Float32Array): CellTable | null {
  const numbers = cuts.filter(Number.isFinite);
  if (numbers.length === 0) return { low: 0, scale: 0, below: new Uint8Array(smallest) };
  const low = numbers[0];
  const extent = numbers[numbers.length - 1] - low;
  for (let cells = smallest; cells <= largest; cells *= 2) {
    const scale = extent > 0 ? Math.fround(Math.min((cells - 1) / extent, 3e38)) : 0;
    const counts = new Uint16Array(cells);
    for (const cut of cuts) if (!Number.isNaN(cut)) counts[cellOf(cut, low, scale, cells)]++;
    if (counts.every((count) => count <= window)) return { low, scale, below: runningSum(counts) };
  }
  return null;
}

/** In the operations of the kernel, NaN (as of infinity * 0) being cell 0. */
function cellOf(x: number, low: number, scale: number, cells: number): number {
  const y = Math.fround(Math.fround(x - low) * scale);
  const clamped = y > 0 ? Math.min(y, cells - 1) : 0;
  return Math.fround(clamped + roundingShift) - roundingShift;
}

function runningSum(counts: Uint16Array): Uint8Array {
  const below = new Uint8Array(counts.length);
  let sum = 0;
  counts.forEach((count, cell) => {
    below[cell] = sum;
    sum += count;
  });
  return below;
}
