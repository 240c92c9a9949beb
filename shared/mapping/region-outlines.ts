import type { Pause, Regions } from './regions.ts';

/** Corners of a ring as x, y, x, y ... in pixels from the upper left, only where it turns; the first is not repeated. */
export type Outline = number[];

/** The rings of one region: its shell counter-clockwise seen with y upwards, its holes clockwise (RFC 7946). */
export interface RegionOutline {
  region: number;
  /** The shell first. */
  rings: Outline[];
}

/** Headings in the order of right turns; the region lies on the left. */
const headings = [
  { dx: -1, dy: 0, left: [-1, 0], right: [-1, -1] },
  { dx: 0, dy: -1, left: [-1, -1], right: [0, -1] },
  { dx: 1, dy: 0, left: [0, -1], right: [0, 0] },
  { dx: 0, dy: 1, left: [0, 0], right: [-1, 0] },
] as const;
const west = 0;

/** Which top edges of pixels have been walked along, one bit a pixel. */
class Walked {
  readonly #bits: Uint8Array;
  constructor(pixels: number) {
    this.#bits = new Uint8Array(Math.ceil(pixels / 8));
  }
  has(at: number): boolean {
    return (this.#bits[at >> 3] & (1 << (at & 7))) !== 0;
  }
  add(at: number): void {
    this.#bits[at >> 3] |= 1 << (at & 7);
  }
}

/**
 * Walks round the regions row by row and gives each as soon as its last row has been passed, so that only the rings of
 * regions that are under way are held. Where two pixels of a region meet at a corner only, the ring goes on to the other
 * one: no ring touches itself, and a hole may touch its shell at a point.
 */
export async function* regionOutlines(
  { count, labels }: Regions,
  width: number,
  pause: Pause,
): AsyncGenerator<RegionOutline> {
  const height = labels.length / width;
  const walked = new Walked(labels.length);
  const lastRow = new Int32Array(count);
  for (let row = 0; row < height; row++) {
    await pause();
    for (let at = row * width; at < (row + 1) * width; at++) if (labels[at] >= 0) lastRow[labels[at]] = row;
  }
  const labelAt = (x: number, y: number) => (x < 0 || y < 0 || x >= width || y >= height ? -1 : labels[y * width + x]);
  const open = new Map<number, Outline[]>();
  for (let row = 0; row < height; row++) {
    await pause();
    const ending = new Set<number>();
    for (let col = 0; col < width; col++) {
      const at = row * width + col;
      const region = labels[at];
      if (region < 0) continue;
      if (lastRow[region] === row) ending.add(region);
      if (labelAt(col, row - 1) === region || walked.has(at)) continue;
      const ring = walk(region, col, row, labelAt, (x, y) => walked.add(y * width + x));
      const rings = open.get(region) ?? [];
      rings.push(ring);
      open.set(region, rings);
    }
    for (const region of ending) {
      yield { region, rings: open.get(region)! };
      open.delete(region);
    }
  }
}

/** Walks once round, beginning with the top edge of a pixel, westward. */
function walk(
  region: number,
  col: number,
  row: number,
  labelAt: (x: number, y: number) => number,
  markTop: (x: number, y: number) => void,
): Outline {
  const ring: Outline = [];
  let [x, y, heading] = [col + 1, row, west];
  do {
    const { dx, dy } = headings[heading];
    x += dx;
    y += dy;
    if (heading === west) markTop(x, y);
    const { left, right } = headings[heading];
    if (labelAt(x + right[0], y + right[1]) === region) heading = (heading + 1) % 4;
    else if (labelAt(x + left[0], y + left[1]) === region) continue;
    else heading = (heading + 3) % 4;
    ring.push(x, y);
  } while (x !== col + 1 || y !== row || heading !== west);
  return ring;
}
