import { demo } from './demo.ts';
import { mix } from './noise.ts';
import { reproject, type Tile } from './places.ts';

/** For each pixel of a tile: which demo pixel it repeats, in which copy of the demo it lies, and what its noise is. */
export interface Cells {
  width: number;
  height: number;
  /** Index into the demo band's pixels. */
  source: Uint16Array;
  /** Copy of the demo season: two numbers in one, equal for both tiles. */
  copy: Int32Array;
  /** Start value of the pixel's noise. */
  seed: Int32Array;
}

const modulo = (value: number, by: number) => ((value % by) + by) % by;

/** Repeats 0 .. side-1 to and fro, so that copies meet without a step. */
function mirrored(index: number, side: number): number {
  const position = modulo(index, 2 * side);
  return position < side ? position : 2 * side - 1 - position;
}

/**
 * Lays the field over a tile: one value per `metres` cell of EPSG:32631, counted from the demo season's upper left
 * corner. A pixel of either tile takes the cell that holds its centre, so both tiles show the same ground.
 */
export function layCells({ epsg, box: [minX, minY, maxX, maxY] }: Tile, metres: number): Cells {
  const [width, height] = [(maxX - minX) / metres, (maxY - minY) / metres];
  const side = demo.metres / metres;
  const cells = {
    width,
    height,
    source: new Uint16Array(width * height),
    copy: new Int32Array(width * height),
    seed: new Int32Array(width * height),
  };
  for (let row = 0, at = 0; row < height; row++)
    for (let col = 0; col < width; col++, at++) {
      const [x, y] = reproject(epsg, 32631, minX + (col + 0.5) * metres, maxY - (row + 0.5) * metres);
      const across = Math.floor((x - demo.originX) / metres);
      const down = Math.floor((demo.originY - y) / metres);
      cells.source[at] = mirrored(down, side) * side + mirrored(across, side);
      cells.copy[at] = Math.floor(across / side) * 4096 + Math.floor(down / side);
      cells.seed[at] = mix(Math.imul(across, 0x27d4eb2f) ^ Math.imul(down, 0x165667b1));
    }
  return cells;
}
