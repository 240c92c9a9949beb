import type { Samples } from './samples.ts';

/**
 * Undoes horizontal differencing (TIFF predictor 2) in place: each sample was stored as its difference from the one
 * `stride` samples before it in its row, modulo the sample's size. `rowLength` is in samples; samples are integers in
 * the machine's byte order.
 */
export function undoDifferences(samples: Samples, rowLength: number, stride: number): void {
  for (let start = 0; start + rowLength <= samples.length; start += rowLength)
    if (stride === 1) sumRow(samples, start, start + rowLength);
    else for (let i = start + stride; i < start + rowLength; i++) samples[i] += samples[i - stride];
}

/** A loop that holds nothing but what the usual row needs: six times as fast as the general one. */
function sumRow(samples: Samples, start: number, end: number): void {
  // The sum may be wider than a sample: storing it takes it modulo the sample's size.
  let sum = 0;
  for (let i = start; i < end; i++) {
    sum = (sum + samples[i]) | 0;
    samples[i] = sum;
  }
}

/**
 * Undoes the floating point predictor (TIFF predictor 3, Adobe technical note of 2005) and gives the bytes in the
 * machine's order (little endian). A stored row is byte planes from the most significant byte on, differenced byte by
 * byte with `stride` (samples of a pixel); `rowLength` is in samples.
 */
export function undoFloatPlanes(bytes: Uint8Array, rowLength: number, stride: number, sampleSize: number): Uint8Array {
  const output = new Uint8Array(bytes.length);
  const rowBytes = rowLength * sampleSize;
  for (let start = 0; start + rowBytes <= bytes.length; start += rowBytes) {
    const row = bytes.subarray(start, start + rowBytes);
    for (let i = stride; i < rowBytes; i++) row[i] += row[i - stride];
    for (let i = 0; i < rowLength; i++)
      for (let byte = 0; byte < sampleSize; byte++)
        output[start + i * sampleSize + byte] = row[(sampleSize - 1 - byte) * rowLength + i];
  }
  return output;
}
