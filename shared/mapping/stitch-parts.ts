import { crc32 } from 'node:zlib';
import { GeoCropError } from '#shared/domain/errors.ts';
import { chunkPixels, type ChunkId, type GridWindow } from '#shared/domain/grid.ts';
import { tilesAcross, type CogLevel } from '#shared/raster/cog-spec.ts';
import type { ObjectStore } from '#shared/storage/object-store.ts';
import { partFile, type PartBand, type PartRecord, type StoredTile } from './part.ts';
import { partOverviews, partSide } from './part-planes.ts';
import type { StitchPlan } from './stitch-plan.ts';

/** A part and where it lies among the tiles of the result. */
export interface PlacedPart {
  key: string;
  chunk: ChunkId;
  col: number;
  row: number;
  bands: readonly PartBand[];
}

/** The finished parts of a plan, read from their store; every tile is checked against its checksum. */
export class StitchParts {
  readonly extent: GridWindow;
  /** In the order of the plan. */
  readonly placed: readonly PlacedPart[];
  readonly #store: ObjectStore;

  constructor(plan: StitchPlan, records: ReadonlyMap<string, PartRecord>, store: ObjectStore) {
    this.extent = plan.extent;
    this.#store = store;
    this.placed = plan.tasks.map(({ key, chunk }) => {
      const bands = bandsOf(key, records.get(key));
      return { key, chunk, bands, ...tilePosition(plan.extent, chunk) };
    });
  }

  /** The compressed tile of a part. */
  readTile({ key }: PlacedPart, { offset, size, crc32: expected }: StoredTile): Promise<Uint8Array> {
    return this.#read(key, offset, size).then((bytes) => checked(key, bytes, expected));
  }

  /** The compressed tiles of all bands of a part's overview (from 1), which lie side by side; an empty one is nodata. */
  async readLevel({ key, bands }: PlacedPart, level: number): Promise<Uint8Array[]> {
    const tiles = bands.map(({ overviews }) => overviews[level - 1]);
    const present = tiles.filter(({ size }) => size > 0);
    if (present.length === 0) return tiles.map(() => new Uint8Array(0));
    const start = Math.min(...present.map(({ offset }) => offset));
    const end = Math.max(...present.map(({ offset, size }) => offset + size));
    const bytes = await this.#read(key, start, end - start);
    return tiles.map(({ offset, size, crc32: expected }) =>
      size === 0 ? new Uint8Array(0) : checked(key, bytes.subarray(offset - start, offset - start + size), expected),
    );
  }

  async #read(key: string, offset: number, size: number): Promise<Uint8Array> {
    try {
      return await this.#store.getRange(partFile(key), offset, size);
    } catch (cause) {
      if ((await this.#store.size(partFile(key))) !== null) throw cause;
      throw new Error(`the part ${key} has vanished from the store`, { cause });
    }
  }
}

function bandsOf(key: string, record: PartRecord | undefined): readonly PartBand[] {
  if (!record) throw new Error(`the part ${key} has no record`);
  // Records of a database are not checked when they are read.
  if (record.tiles.every(({ overviews }) => overviews?.length === partOverviews)) return record.tiles;
  throw new GeoCropError(
    'gone',
    `the part ${key} was computed by an older version, whose parts cannot be joined any more; run the job again`,
  );
}

function checked(key: string, bytes: Uint8Array, expected: number): Uint8Array {
  if (crc32(bytes) === expected) return bytes;
  throw new Error(`the part ${key} is damaged: its bytes are not those that were computed`);
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
export function copiedLevel(parts: StitchParts, level: number, bands: number): CogLevel {
  const tile = partSide(level);
  const [width, height] = [parts.extent.width, parts.extent.height].map((pixels) => pixels / 2 ** level);
  const across = tilesAcross(width, tile);
  const perBand = across * tilesAcross(height, tile);
  const sizes = new Array<number>(perBand * bands).fill(0);
  const partAt = new Map<number, PlacedPart>();
  const tileOf = (part: PlacedPart, band: number) =>
    level === 0 ? part.bands[band] : part.bands[band].overviews[level - 1];
  for (const part of parts.placed) {
    const place = part.row * across + part.col;
    partAt.set(place, part);
    for (let band = 0; band < bands; band++) sizes[band * perBand + place] = tileOf(part, band).size;
  }
  const read = (index: number) => {
    const part = partAt.get(index % perBand)!;
    return parts.readTile(part, tileOf(part, Math.floor(index / perBand)));
  };
  return { width, height, tile, sizes, read };
}
