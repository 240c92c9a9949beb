import { chunkPixels } from '#shared/domain/grid.ts';
import { tilesAcross } from './cog-spec.ts';
import { overviewSizes, reduceClasses, reduceMean, type LevelSize } from './overview.ts';
import { emptyTile, encodeTile, type TileData, type TileForm } from './tile-encode.ts';

/** Halves the sides of the planes of a square tile: of 512 pixels, where its side is not told. */
export type ReducePlanes = (planes: readonly TileData[], side?: number) => TileData[];

/** A finished overview tile: level 1 is half the full resolution; an empty plane is sparse. */
export interface OverviewTile {
  level: number;
  col: number;
  row: number;
  planes: Uint8Array[];
}

export interface PyramidOptions {
  /** Size of the full resolution, pixels. */
  width: number;
  height: number;
  /** Planes of each tile: 2 for class and confidence. */
  planes: number;
  form: TileForm;
  reduce: ReducePlanes;
  /**
   * How often the tiles that come in were halved already, 0 where it is not told. Tiles of 512 >> n pixels build the
   * n-th overview and those above it; what lies below is not made.
   */
  halvings?: number | undefined;
  emit(tile: OverviewTile): void | Promise<void>;
}

/** Tiles that may wait for their compression while others are reduced. */
const compressedAhead = 8;

/** The step for a class and a confidence plane, both uint8 with nodata 0. */
export const reduceClassPlanes: ReducePlanes = ([classes, confidence], side = chunkPixels) => {
  const size = { width: side, height: side };
  const pair = reduceClasses({ classes: classes as Uint8Array, confidence: confidence as Uint8Array }, size);
  return [pair.classes, pair.confidence];
};

/** The step for planes of quantities: the mean of what is valid. */
export const reduceMeanPlanes =
  (nodata: number): ReducePlanes =>
  (planes, side = chunkPixels) =>
    planes.map((plane) => reduceMean(plane, { width: side, height: side }, nodata));

interface Parent {
  waiting: number;
  planes: TileData[] | null;
}

/**
 * Builds all overviews from the tiles of the full resolution (or from those tiles halved, see `halvings`), which come
 * one at a time and in any order. A tile is reduced at once into its parent; a parent is compressed, handed to `emit`
 * and released with its last child. So fed row by row, it holds about one row of tiles per overview; in the order of a
 * quadtree, one tile.
 */
export class OverviewPyramid {
  readonly #options: PyramidOptions;
  readonly #levels: LevelSize[];
  readonly #parents = new Map<string, Parent>();
  /** 1 for a tile that came, row by row. */
  readonly #added: Uint8Array;
  /** Tiles that are being compressed, and the handing over of the last one. */
  #compressing = 0;
  #handed = Promise.resolve();

  constructor(options: PyramidOptions) {
    const { width, height } = options;
    this.#options = options;
    this.#levels = [{ width, height }, ...overviewSizes(width, height)].map((size) => ({
      width: tilesAcross(size.width),
      height: tilesAcross(size.height),
    }));
    this.#added = new Uint8Array(this.#levels[0].width * this.#levels[0].height);
  }

  /** Takes a tile of the full resolution, halved as the options say; `null` is a tile of nodata. Pixels beyond the raster's edge are nodata. */
  async add(col: number, row: number, planes: readonly TileData[] | null): Promise<void> {
    const { width, height } = this.#levels[0];
    const name = `${col}/${row}`;
    if (!(col >= 0 && row >= 0 && col < width && row < height)) throw new Error(`there is no tile ${name}`);
    const place = row * width + col;
    if (this.#added[place]) throw new Error(`tile ${name} was added twice`);
    if (planes && planes.length !== this.#options.planes) throw new Error(`tile ${name} has ${planes.length} planes`);
    this.#added[place] = 1;
    const { halvings = 0 } = this.#options;
    if (halvings > 0) this.#intoParent(halvings, 2 ** halvings, col, row, planes);
    else this.#reduce(1, col, row, planes);
    if (this.#compressing > compressedAhead) await this.#handed;
  }

  /** Takes every tile that was not added as nodata, and so completes all overviews. */
  async finish(): Promise<void> {
    const { width, height } = this.#levels[0];
    for (let row = 0; row < height; row++)
      for (let col = 0; col < width; col++) if (!this.#added[row * width + col]) await this.add(col, row, null);
    await this.#handed;
  }

  /** Halves a tile of the level below into its parent, if there is one. */
  #reduce(level: number, childCol: number, childRow: number, planes: readonly TileData[] | null): void {
    if (level >= this.#levels.length) return;
    this.#intoParent(level, 2, childCol, childRow, planes && this.#options.reduce(planes));
  }

  /** A parent has `across` x `across` children. */
  #intoParent(
    level: number,
    across: number,
    childCol: number,
    childRow: number,
    pieces: readonly TileData[] | null,
  ): void {
    if (level >= this.#levels.length) return;
    const [col, row] = [Math.floor(childCol / across), Math.floor(childRow / across)];
    const key = `${level}/${col}/${row}`;
    const parent = this.#parents.get(key) ?? { waiting: this.#children(level, across, col, row), planes: null };
    this.#parents.set(key, parent);
    if (pieces) this.#paste(parent, pieces, chunkPixels / across, childCol % across, childRow % across);
    if (--parent.waiting > 0) return;
    this.#parents.delete(key);
    this.#handOver(level, col, row, this.#encode(level, parent.planes));
    this.#reduce(level + 1, col, row, parent.planes);
  }

  /** Tiles are compressed side by side and handed over one after the other. */
  #handOver(level: number, col: number, row: number, encoded: Promise<Uint8Array[]>): void {
    this.#compressing++;
    const before = this.#handed;
    this.#handed = encoded.then(async (planes) => {
      await before;
      await this.#options.emit({ level, col, row, planes });
      this.#compressing--;
    });
    // Whoever waits for it sees the failure; until then nobody does.
    this.#handed.catch(() => {});
  }

  #children(level: number, across: number, col: number, row: number): number {
    const { width, height } = this.#levels[level - Math.log2(across)];
    return Math.min(across, width - across * col) * Math.min(across, height - across * row);
  }

  /** Puts pieces of `side` pixels at their place in the parent, counted in pieces. */
  #paste(parent: Parent, pieces: readonly TileData[], side: number, col: number, row: number): void {
    parent.planes ??= pieces.map(() => emptyTile(this.#options.form));
    pieces.forEach((piece, plane) => {
      for (let y = 0; y < side; y++) {
        const at = (row * side + y) * chunkPixels + col * side;
        parent.planes![plane].set(piece.subarray(y * side, (y + 1) * side), at);
      }
    });
  }

  async #encode(level: number, planes: readonly TileData[] | null): Promise<Uint8Array[]> {
    const { form, planes: count } = this.#options;
    if (!planes) return Array.from({ length: count }, () => new Uint8Array(0));
    // Nearly all overview tiles are of the first two levels: there time counts, on the others size.
    return Promise.all(planes.map((plane) => encodeTile(plane, form, level <= 2 ? 'runs' : 6)));
  }
}
