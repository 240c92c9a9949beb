import type { Smoothing } from './model-manifest.ts';

/** Pixels of a row that are smoothed at once: with the lists of their windows they stay in the second-level cache. */
const strip = 128;
/** Rows that are smoothed at once: what their windows share is sorted once. */
export const rowsAtOnce = 4;

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
  /** Pairs of neighbouring rows that the windows of `rowsAtOnce` rows reach. */
  pairs: number;
  /** One value for each column, 32 bits, with a spare end. */
  rowBytes: number;
  /** Bytes of a pair of rows. */
  pairBytes: number;
  /** Bytes of a class. */
  classBytes: number;
  constants: number;
  /** [row of the pair][column][class] probabilities, float32. */
  input: number;
  /** Bytes of a row of the input. */
  inputBytes: number;
  /** [class][pair, in any order][rows as `rowsOfPair` has them][column] */
  lists: number;
  /** [pair][row of the pair][column] pixels with data in a row of a window. */
  present: number;
  /** [row][column] how many logits count in the window of each pixel, float32. */
  kept: number;
  /** The highest logits of a window some of which do not count, then their mean and variance. */
  cut: number;
  /** [row][class][column] results before they are divided by their sum. */
  results: number;
  /** [row][pixel][class], float32. */
  out: number;
  bytes: number;
}

export const roomForConstants = 256;

/** A pair of rows: the logits of each; of each the sorted rows of windows; and these of both as one list. */
export const rowsOfPair = (window: number) => ({
  logits: (row: number) => row,
  sorted: (row: number) => 2 + row * window,
  merged: 2 + 2 * window,
  count: 2 + 4 * window,
});

/** The pair that a row is in and its place there; the first pair begins before the first row. */
export const placeOf = (row: number): [pair: number, row: number] => [(row + 1) >> 1, (row + 1) % 2];

export function smoothingLayout(classes: number, { window, fraction, smoothness }: Smoothing): SmoothingLayout {
  const radius = (window - 1) / 2;
  const columns = strip + 2 * radius;
  const pairs = (window + 5) / 2;
  const rowBytes = Math.ceil((columns + 4) / 4) * 16;
  const pairBytes = rowsOfPair(window).count * rowBytes;
  const inputBytes = (columns + 4) * classes * 4;
  const most = Math.ceil(fraction * window ** 2);
  let end = 1024;
  const area = (bytes: number) => {
    const address = end;
    end += Math.ceil(bytes / 64) * 64;
    return address;
  };
  return {
    ...{ classes, window, radius, fraction, smoothness, most, strip, columns, pairs },
    ...{ rowBytes, pairBytes, inputBytes, classBytes: pairs * pairBytes },
    constants: area(16 * roomForConstants),
    input: area(2 * inputBytes),
    lists: area(classes * pairs * pairBytes),
    present: area(2 * pairs * rowBytes),
    kept: area(rowsAtOnce * rowBytes),
    cut: area((most + 2) * 16),
    results: area(rowsAtOnce * classes * strip * 4),
    out: area(rowsAtOnce * strip * classes * 4 + 64),
    get bytes() {
      return end;
    },
  };
}
