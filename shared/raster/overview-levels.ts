import { tilesAcross, type CogLevel } from './cog-spec.ts';
import { overviewSizes, type LevelSize } from './overview.ts';
import type { OverviewTile } from './overview-pyramid.ts';

/** Keeps compressed overview tiles (about a third of the full resolution's bytes) until the file is written. */
export class OverviewLevels {
  readonly #sizes: LevelSize[];
  readonly #tiles: (Uint8Array | undefined)[][];

  /** Size of the full resolution in pixels and the file's number of bands. */
  constructor(width: number, height: number, bands: number) {
    this.#sizes = overviewSizes(width, height);
    this.#tiles = this.#sizes.map((size) => new Array(this.#perBand(size) * bands).fill(undefined));
  }

  /** Takes a tile; its first plane is the file's band `firstBand` (from 0). */
  put({ level, col, row, planes }: OverviewTile, firstBand = 0): void {
    const size = this.#sizes[level - 1];
    planes.forEach((bytes, plane) => {
      const index = (firstBand + plane) * this.#perBand(size) + row * tilesAcross(size.width) + col;
      this.#tiles[level - 1][index] = bytes;
    });
  }

  /** The overviews from large to small, `first` (from 1) and smaller. Throws while a tile of them is missing. */
  levels(first = 1): CogLevel[] {
    return this.#sizes.slice(first - 1).map((size, i) => {
      const tiles = this.#tiles[first - 1 + i].map((bytes, index) => {
        if (bytes) return bytes;
        throw new Error(`tile ${index} of overview ${first + i} was never made`);
      });
      return { ...size, sizes: tiles.map((bytes) => bytes.length), read: async (index) => tiles[index] };
    });
  }

  #perBand({ width, height }: LevelSize): number {
    return tilesAcross(width) * tilesAcross(height);
  }
}
