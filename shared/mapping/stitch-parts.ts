import { crc32 } from 'node:zlib';
import { GeoCropError } from '#shared/domain/errors.ts';
import { chunkPixels, type ChunkId, type GridWindow } from '#shared/domain/grid.ts';
import { tilesAcross, type CogLevel } from '#shared/raster/cog-spec.ts';
import type { ObjectStore } from '#shared/storage/object-store.ts';
import type { PartRecord, StoredTile } from './part-record.ts';
import { partFile } from './stored-part.ts';
import { partOverviews, partSide } from './part-planes.ts';
import type { StitchPlan } from './stitch-plan.ts';
import { StoredTiles } from './stitch-tiles.ts';

/** Finished parts by key, in any order, walked through once: a country's do not fit into memory. */
export type PartRecords = Iterable<readonly [string, PartRecord]> | AsyncIterable<readonly [string, PartRecord]>;

/** Sees each finished chunk with its record. */
export type OnPart = (chunk: ChunkId, record: PartRecord) => void;

/** The finished parts of a plan, read from their store; every tile is checked against its checksum. */
export class StitchParts {
  readonly extent: GridWindow;
  readonly bands: number;
  /** Tiles of the result along its width and height. */
  readonly across: number;
  readonly down: number;
  readonly #tasks: StitchPlan['tasks'];
  /** By the tile's place, row by row: which task is there; -1 for none. */
  readonly #taskAt: Int32Array;
  readonly #tiles: StoredTiles;
  readonly #store: ObjectStore;

  private constructor({ extent, tasks }: StitchPlan, bands: number, store: ObjectStore) {
    [this.extent, this.bands, this.#tasks, this.#store] = [extent, bands, tasks, store];
    [this.across, this.down] = [tilesAcross(extent.width), tilesAcross(extent.height)];
    this.#taskAt = new Int32Array(this.across * this.down).fill(-1);
    tasks.forEach(({ chunk }, task) => {
      const { col, row } = tilePosition(extent, chunk);
      this.#taskAt[row * this.across + col] = task;
    });
    this.#tiles = new StoredTiles(tasks.length, bands);
  }

  /** Takes of the records where the parts' tiles lie. */
  static async gather(
    plan: StitchPlan,
    bands: number,
    records: PartRecords,
    store: ObjectStore,
    onPart: OnPart,
  ): Promise<StitchParts> {
    const parts = new StitchParts(plan, bands, store);
    const taskOf = new Map(plan.tasks.map(({ key }, task) => [key, task]));
    for await (const [key, record] of records) {
      const task = taskOf.get(key);
      if (task === undefined) continue;
      assertJoinable(key, record, bands);
      parts.#tiles.put(task, record.tiles);
      taskOf.delete(key);
      onPart(plan.tasks[task].chunk, record);
    }
    for (const key of taskOf.keys()) throw new Error(`the part ${key} has no record`);
    return parts;
  }

  /** The number of the part at a place of the result, counted in tiles; null where no chunk was planned. */
  partAt(col: number, row: number): number | null {
    const task = this.#taskAt[row * this.across + col];
    return task < 0 ? null : task;
  }

  /** Where a band's tile lies in its part, and that of an overview from level 1 on. */
  tile(part: number, band: number, level: number): StoredTile {
    return this.#tiles.get(part, band, level);
  }

  /** Bytes of all parts' tiles of a level. */
  bytesOf(level: number): number {
    return this.#tiles.bytesOf(level);
  }

  /** The compressed tile of a part. */
  async readTile(part: number, band: number, level: number): Promise<Uint8Array> {
    const { offset, size, crc32: expected } = this.tile(part, band, level);
    return this.#checked(part, await this.#read(part, offset, size), expected);
  }

  /** The compressed tiles of all bands of a part's overview (from 1), which lie side by side; an empty one is nodata. */
  async readLevel(part: number, level: number): Promise<Uint8Array[]> {
    const tiles = Array.from({ length: this.bands }, (_, band) => this.tile(part, band, level));
    const present = tiles.filter(({ size }) => size > 0);
    if (present.length === 0) return tiles.map(() => new Uint8Array(0));
    const start = Math.min(...present.map(({ offset }) => offset));
    const end = Math.max(...present.map(({ offset, size }) => offset + size));
    const bytes = await this.#read(part, start, end - start);
    return tiles.map(({ offset, size, crc32: expected }) =>
      size === 0
        ? new Uint8Array(0)
        : this.#checked(part, bytes.subarray(offset - start, offset - start + size), expected),
    );
  }

  async #read(part: number, offset: number, size: number): Promise<Uint8Array> {
    const { key } = this.#tasks[part];
    try {
      return await this.#store.getRange(partFile(key), offset, size);
    } catch (cause) {
      if ((await this.#store.size(partFile(key))) !== null) throw cause;
      throw new Error(`the part ${key} has vanished from the store`, { cause });
    }
  }

  #checked(part: number, bytes: Uint8Array, expected: number): Uint8Array {
    if (crc32(bytes) === expected) return bytes;
    throw new Error(`the part ${this.#tasks[part].key} is damaged: its bytes are not those that were computed`);
  }
}

/** Records of a database are not checked when they are read. */
function assertJoinable(key: string, { tiles }: PartRecord, bands: number): void {
  if (tiles.length === bands && tiles.every(({ overviews }) => overviews?.length === partOverviews)) return;
  throw new GeoCropError(
    'gone',
    `the part ${key} was computed by an older version, whose parts cannot be joined any more; run the job again`,
  );
}

/** Column and row of a chunk among the tiles of the result. */
function tilePosition(extent: GridWindow, { col, row }: ChunkId): { col: number; row: number } {
  const metres = chunkPixels * extent.pixelSize;
  const position = { col: col - extent.originX / metres, row: extent.originY / metres - row - 1 };
  const isTile = (place: number, length: number) =>
    Number.isInteger(place) && place >= 0 && place < tilesAcross(length) && length % chunkPixels === 0;
  // Else 2 x 2 blocks of an overview would reach over the edges of chunks.
  if (isTile(position.col, extent.width) && isTile(position.row, extent.height)) return position;
  throw new Error(`the chunk ${col}, ${row} does not lie on a tile of the result: ${JSON.stringify(extent)}`);
}

/**
 * A level of the result (0 = full resolution) whose tiles are those of the parts' level, as they are; where no chunk
 * was planned, the file is sparse.
 */
export function copiedLevel(parts: StitchParts, level: number): CogLevel {
  const tile = partSide(level);
  const [width, height] = [parts.extent.width, parts.extent.height].map((pixels) => pixels / 2 ** level);
  const perBand = parts.across * parts.down;
  const placeOf = (index: number) => ({
    band: Math.floor(index / perBand),
    part: parts.partAt(index % parts.across, Math.floor((index % perBand) / parts.across)),
  });
  const sizes = Array.from({ length: perBand * parts.bands }, (_, index) => {
    const { band, part } = placeOf(index);
    return part === null ? 0 : parts.tile(part, band, level).size;
  });
  const read = (index: number) => {
    const { band, part } = placeOf(index);
    return parts.readTile(part!, band, level);
  };
  return { width, height, tile, sizes, read };
}
