import type { PartBand, StoredTile } from './part-record.ts';
import { partOverviews } from './part-planes.ts';

const levels = partOverviews + 1;

/**
 * Where the tiles of many parts lie, each in its part's file: 12 bytes a tile. Tiles are laid out by part, then by
 * band, then from the full resolution (level 0) to the coarsest overview. A part's file is smaller than 4 GiB.
 */
export class StoredTiles {
  readonly #bands: number;
  readonly #offsets: Uint32Array;
  readonly #sizes: Uint32Array;
  readonly #checksums: Uint32Array;

  constructor(parts: number, bands: number) {
    const length = parts * bands * levels;
    this.#bands = bands;
    this.#offsets = new Uint32Array(length);
    this.#sizes = new Uint32Array(length);
    this.#checksums = new Uint32Array(length);
  }

  put(part: number, tiles: readonly PartBand[]): void {
    tiles.forEach((tile, band) =>
      [tile, ...tile.overviews].forEach(({ offset, size, crc32 }, level) => {
        const at = this.#slot(part, band, level);
        [this.#offsets[at], this.#sizes[at], this.#checksums[at]] = [offset, size, crc32];
      }),
    );
  }

  get(part: number, band: number, level: number): StoredTile {
    const at = this.#slot(part, band, level);
    return { offset: this.#offsets[at], size: this.#sizes[at], crc32: this.#checksums[at] };
  }

  /** Bytes of all tiles of a level. */
  bytesOf(level: number): number {
    let bytes = 0;
    for (let at = level; at < this.#sizes.length; at += levels) bytes += this.#sizes[at];
    return bytes;
  }

  #slot(part: number, band: number, level: number): number {
    return (part * this.#bands + band) * levels + level;
  }
}
