import type { Smoothing } from './model-manifest.ts';

/** Pixels of a row that are smoothed at once: with the lists of their windows they stay in the first-level cache. */
const strip = 256;

/** Sizes, and where everything lies in the kernel's memory, in bytes. */
export interface SmoothingLayout {
  classes: number;
  window: number;
  radius: number;
  fraction: number;
  smoothness: number;
  /** How many of the highest logits of a full window count. */
  most: number;
  strip: number;
  /** The columns that a strip's windows reach. */
  columns: number;
  /** One value for each column, float32, with a spare end. */
  rowBytes: number;
  /** Bytes of a class among the rows. */
  classBytes: number;
  constants: number;
  /** [column][class] probabilities, float32. */
  input: number;
  /** [class][row of the window, in any order] logits. */
  rows: number;
  /** [rank of every list]. */
  lists: number;
  /** Pixels with data in a column of the window's rows. */
  present: number;
  /** How many logits count in the window of each pixel. */
  kept: number;
  /** [class] results before they are divided by their sum. */
  results: number;
  /** [pixel][class], float32. */
  out: number;
  bytes: number;
}

export const roomForConstants = 256;

export function smoothingLayout(classes: number, { window, fraction, smoothness }: Smoothing): SmoothingLayout {
  const radius = (window - 1) / 2;
  const columns = strip + 2 * radius;
  const rowBytes = (columns + 10) * 4;
  const classBytes = window * rowBytes;
  let end = 1024;
  const area = (bytes: number) => {
    const address = end;
    end += Math.ceil(bytes / 64) * 64;
    return address;
  };
  const lists = 2 ** Math.ceil(Math.log2(window + 1)) - 1;
  return {
    ...{ classes, window, radius, fraction, smoothness, most: Math.ceil(fraction * window ** 2) },
    ...{ strip, columns, rowBytes, classBytes },
    constants: area(16 * roomForConstants),
    input: area((columns + 4) * classes * 4),
    rows: area(classes * classBytes),
    lists: area(lists * window * rowBytes),
    present: area(rowBytes),
    kept: area(rowBytes),
    results: area(classes * rowBytes),
    out: area(strip * classes * 4 + 64),
    get bytes() {
      return end;
    },
  };
}
