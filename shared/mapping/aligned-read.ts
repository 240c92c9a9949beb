import type { AreaWindow } from '#shared/domain/grid.ts';
import { crsOfEpsg, sameCrs } from '#shared/raster/crs.ts';
import type { KeptMemory } from '#shared/raster/kept-memory.ts';
import type { Raster } from '#shared/raster/raster.ts';
import { maxWindowPixels, type PixelWindow } from '#shared/raster/raster-level.ts';
import { bytesOf, createSamples, type Samples } from '#shared/raster/samples.ts';
import { pixelAt } from '#shared/raster/source-index.ts';
import { maxTargetPixels } from '#shared/raster/warp.ts';

/** Of one axis: the target pixels `from` to `to` lie in the source, each in the source pixel `source[i]`. */
interface Axis {
  from: number;
  to: number;
  source: Int32Array;
  /** From here on two target pixels each lie in one source pixel, as 20 m are to 10 m; `to` where it is otherwise. */
  pairsFrom: number;
}

/**
 * What `readOntoGrid` answers for the first band of a raster of whole numbers in the grid's own CRS, at a fraction of
 * its cost: columns and rows do not depend on each other there, and whole rows are copied.
 *
 * @param memory what the raster's windows lie in, and the answer will: to be given back
 * @returns digital numbers row by row, 0 outside of the source and where it has no data; null where the raster is not of
 *   that kind, or more would be read than `readOntoGrid` allows
 */
export async function readAligned(
  raster: Raster,
  target: AreaWindow,
  signal?: AbortSignal,
  memory?: KeptMemory,
): Promise<Samples | null> {
  const placed = placeIn(raster, target);
  if (!placed) return null;
  const { across, down, window } = placed;
  const samples = await raster.readWindow(window, signal);
  if (isStepwise(across, target.width) && isStepwise(down, target.height)) return samples;
  const length = target.width * target.height;
  const out = memory?.samples(raster.dtype, length) ?? createSamples(raster.dtype, length);
  // What is outside of the source has no data; the rest is written over.
  if (!isWithin(across, target.width) || !isWithin(down, target.height)) out.fill(0);
  spread(samples, across, down, target.width, out);
  memory?.give(samples);
  return out;
}

/** Where a target lies in a raster; null where it is not one for `readAligned`. */
function placeIn({ transform, nodata, crs, width, height }: Raster, target: AreaWindow) {
  const grid = crsOfEpsg(target.epsg);
  const isWhole = nodata === null || nodata === 0;
  if (!grid || !sameCrs(grid, crs) || !isWhole || target.width * target.height > maxTargetPixels) return null;
  const rowAt = (y: number) => (transform.originY - y) / transform.pixelHeight;
  const left = (target.originX - transform.originX) / transform.pixelWidth;
  const across = axis(target.width, width, left, target.pixelSize / transform.pixelWidth);
  const down = axis(target.height, height, rowAt(target.originY), target.pixelSize / transform.pixelHeight);
  if (!across || !down) return null;
  const window: PixelWindow = {
    ...{ col: across.source[across.from], row: down.source[down.from] },
    ...{ width: widthOf(across), height: widthOf(down) },
    below: Math.ceil(rowAt(target.south ?? -Infinity)),
  };
  return window.width * window.height > maxWindowPixels ? null : { across, down, window };
}

/** Whether so many target pixels each have a source pixel of their own, one beside the other. */
const isStepwise = (each: Axis, length: number) => isWithin(each, length) && widthOf(each) === length;

/** Whether so many target pixels all lie in the source. */
const isWithin = ({ from, to }: Axis, length: number) => to - from === length;

const widthOf = ({ from, to, source }: Axis) => source[to - 1] - source[from] + 1;

/** Null where the axes do not meet; the target's begins at `first`, and its pixels are `step` source pixels long. */
function axis(length: number, limit: number, first: number, step: number): Axis | null {
  const source = new Int32Array(length);
  for (let i = 0; i < length; i++) source[i] = pixelAt(first + (i + 0.5) * step, limit);
  const from = source.findIndex((value) => value >= 0);
  if (from < 0) return null;
  const to = source.findLastIndex((value) => value >= 0) + 1;
  const pairs = source[from] === source[from + 1] ? from : from + 1;
  let paired = pairs;
  while (paired < to && source[paired] === source[pairs] + ((paired - pairs) >> 1)) paired++;
  return { from, to, source, pairsFrom: paired < to ? to : pairs };
}

/** Gives each target pixel, in rows of `width`, the sample that holds its centre. */
function spread(samples: Samples, across: Axis, down: Axis, width: number, out: Samples): void {
  const stride = widthOf(across);
  const [source, bytes, size] = [bytesOf(samples), bytesOf(out), out.BYTES_PER_ELEMENT];
  const rowBytes = width * size;
  for (let row = down.from; row < down.to; row++) {
    const to = row * width;
    const from = (down.source[row] - down.source[down.from]) * stride;
    if (row > down.from && down.source[row] === down.source[row - 1])
      bytes.copy(bytes, row * rowBytes, (row - 1) * rowBytes, row * rowBytes);
    else if (isStepwise(across, across.to - across.from))
      source.copy(bytes, (to + across.from) * size, from * size, (from + stride) * size);
    else spreadRow(samples, from - across.source[across.from], across, out, to);
  }
}

function spreadRow(samples: Samples, from: number, axis: Axis, out: Samples, to: number): void {
  const { from: first, to: end, source, pairsFrom } = axis;
  let i = first;
  for (; i < pairsFrom; i++) out[to + i] = samples[from + source[i]];
  for (let at = from + source[i]; i + 1 < end; i += 2, at++) {
    const value = samples[at];
    out[to + i] = value;
    out[to + i + 1] = value;
  }
  for (; i < end; i++) out[to + i] = samples[from + source[i]];
}
