import { tilesAcross, type CogLevel } from './cog-spec.ts';
import { overviewSizes, type LevelSize } from './overview.ts';
import type { OverviewTile } from './overview-pyramid.ts';

/** Keeps the bytes of compressed tiles, one after the other, until the file that they belong to is written. */
export interface TileKeeper {
  /** Takes bytes behind those of the write before, which has ended. */
  write(bytes: Uint8Array): Promise<void>;
  /** Exactly what one write took, by its place among all bytes. */
  read(offset: number, length: number): Promise<Uint8Array>;
}

/** Keeps tiles in memory. */
export function memoryTiles(): TileKeeper {
  const kept = new Map<number, Uint8Array>();
  let end = 0;
  return {
    async write(bytes) {
      kept.set(end, bytes);
      end += bytes.length;
    },
    read: async (offset) => kept.get(offset)!,
  };
}

/** Remembers where each tile of a file's overviews is kept: 12 bytes a tile, and NaN for one that never came. */
export class OverviewLevels {
  readonly #levels: { size: LevelSize; offsets: Float64Array; lengths: Uint32Array }[];
  readonly #keeper: TileKeeper;
  #end = 0;

  /** Size of the full resolution in pixels and the file's number of bands; tiles stay in memory where nobody keeps them. */
  constructor(width: number, height: number, bands: number, keeper: TileKeeper = memoryTiles()) {
    this.#keeper = keeper;
    this.#levels = overviewSizes(width, height).map((size) => {
      const count = tilesOf(size) * bands;
      return { size, offsets: new Float64Array(count).fill(NaN), lengths: new Uint32Array(count) };
    });
  }

  /** Takes a tile, after the one before is kept; its first plane is the file's band `firstBand` (from 0). */
  async put({ level, col, row, planes }: OverviewTile, firstBand = 0): Promise<void> {
    const { size, offsets, lengths } = this.#levels[level - 1];
    planes.forEach((bytes, plane) => {
      const index = (firstBand + plane) * tilesOf(size) + row * tilesAcross(size.width) + col;
      offsets[index] = this.#end;
      lengths[index] = bytes.length;
      this.#end += bytes.length;
    });
    for (const bytes of planes) if (bytes.length > 0) await this.#keeper.write(bytes);
  }

  /** The overviews from large to small, `first` (from 1) and smaller. Throws while a tile of them is missing. */
  levels(first = 1): CogLevel[] {
    return this.#levels.slice(first - 1).map(({ size, offsets, lengths }, i) => {
      const missing = offsets.findIndex(Number.isNaN);
      if (missing >= 0) throw new Error(`tile ${missing} of overview ${first + i} was never made`);
      const read = (index: number) => this.#keeper.read(offsets[index], lengths[index]);
      return { ...size, sizes: [...lengths], read };
    });
  }
}

const tilesOf = ({ width, height }: LevelSize): number => tilesAcross(width) * tilesAcross(height);
