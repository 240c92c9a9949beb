import type { Raster } from '#shared/raster/raster.ts';
import type { RasterLevel } from '#shared/raster/raster-level.ts';

interface Plane {
  width: number;
  height: number;
  values: Uint8Array;
}

/** Less of the first overview than this being beyond dispute would make the comparison empty. */
const leastShare = 0.5;

/**
 * Refuses maps whose classes differ in an overview where every way to take the mode must agree, one level from the
 * other or each from the full resolution: where three of four pixels are of a class, and above where all four blocks
 * are such blocks of one class. Ties are broken differently, and confidence is reduced differently.
 */
export async function assertSameOverviews(ours: Raster, theirs: Raster): Promise<void> {
  if (ours.overviews.length !== theirs.overviews.length || ours.overviews.length === 0)
    throw new Error(`the maps have ${ours.overviews.length} and ${theirs.overviews.length} overviews`);
  let sure = await classesOf(ours);
  for (const [i, level] of ours.overviews.entries()) {
    sure = agreed(sure, i === 0 ? 3 : 4);
    const share = sure.values.reduce((sum, value) => sum + (value > 0 ? 1 : 0), 0) / sure.values.length;
    if (i === 0 && share < leastShare) throw new Error(`only ${share} of the first overview can be compared`);
    for (const other of [level, theirs.overviews[i]]) assertHolds(await classesOf(other), sure, i + 1);
    console.error(`bench: overview ${i + 1}: the same classes in the ${(100 * share).toFixed(1)} % beyond dispute`);
  }
}

async function classesOf(level: RasterLevel): Promise<Plane> {
  const { width, height } = level;
  const values = new Uint8Array(width * height);
  for (let row = 0; row < height; row += 1024) {
    const window = { band: 1, col: 0, row, width, height: Math.min(1024, height - row) };
    values.set((await level.readWindow(window)) as Uint8Array, row * width);
  }
  return { width, height, values };
}

/** By 2 x 2 block the class of at least `least` of its pixels, 0 where there is none. */
function agreed({ width, height, values }: Plane, least: number): Plane {
  const out = { width: width >> 1, height: height >> 1, values: new Uint8Array((width >> 1) * (height >> 1)) };
  for (let to = 0; to < out.values.length; to++) {
    const at = 2 * (Math.floor(to / out.width) * width + (to % out.width));
    const four = [values[at], values[at + 1], values[at + width], values[at + width + 1]];
    out.values[to] = four.find((value) => four.filter((other) => other === value).length >= least) ?? 0;
  }
  return out;
}

function assertHolds(overview: Plane, sure: Plane, level: number): void {
  if (overview.width !== sure.width || overview.height !== sure.height)
    throw new Error(`overview ${level} has ${overview.width} x ${overview.height} pixels`);
  const wrong = sure.values.findIndex((value, at) => value > 0 && overview.values[at] !== value);
  if (wrong >= 0) throw new Error(`a map's overview ${level} has another class at ${wrong}`);
}
