import { promisify } from 'node:util';
import { constants, deflate, inflate } from 'node:zlib';
import { chunkPixels } from '#shared/domain/grid.ts';
import type { CogDtype, CogPredictor } from './cog-spec.ts';
import { predict, unpredict } from './tile-encode-predictor.ts';

/** Samples of one band, row by row from the upper left. */
export type TileData = Uint8Array | Uint16Array | Float32Array;

/** How the tiles of a file are stored. */
export interface TileForm {
  dtype: CogDtype;
  predictor: CogPredictor;
  /** NaN for float32. */
  nodata: number;
  /** Pixels along each side; 512 where it is not told. */
  side?: number | undefined;
}

const deflateAsync = promisify(deflate);
const inflateAsync = promisify(inflate);
const arrays = { uint8: Uint8Array, uint16: Uint16Array, float32: Float32Array };

const pixelsOf = ({ side = chunkPixels }: TileForm) => side * side;

/** A tile that is all nodata. */
export function emptyTile(form: TileForm): TileData {
  return new arrays[form.dtype](pixelsOf(form)).fill(form.nodata);
}

function isEmpty(data: TileData, nodata: number): boolean {
  return Number.isNaN(nodata) ? data.every((value) => Number.isNaN(value)) : data.every((value) => value === nodata);
}

/** One bit pattern for NaN, so that equal pixels give equal bytes whatever computed them. */
function withOneNan(data: TileData): TileData {
  if (!(data instanceof Float32Array)) return data;
  const clean = data.slice();
  const bits = new Uint32Array(clean.buffer);
  for (let i = 0; i < clean.length; i++) if (Number.isNaN(clean[i])) bits[i] = 0x7fc00000;
  return clean;
}

/** Deflate's level, 1-9; or `runs`, which finds only values that follow themselves and is four times as fast as level 6. */
export type Effort = number | 'runs';

/**
 * Compresses a square tile of one band (predictor, then zlib deflate in the thread pool); a tile
 * that is all nodata gives an empty array, which the writer stores as a sparse tile. `data` is left as it is.
 */
export async function encodeTile(data: TileData, form: TileForm, effort: Effort = 6): Promise<Uint8Array> {
  const pixels = pixelsOf(form);
  if (data.length !== pixels || !(data instanceof arrays[form.dtype]))
    throw new Error(`a tile is ${pixels} samples of ${form.dtype}, not ${data.length} in ${data.constructor.name}`);
  if (isEmpty(data, form.nodata)) return new Uint8Array(0);
  const how = effort === 'runs' ? { level: 6, strategy: constants.Z_RLE } : { level: effort };
  const bytes = predict(withOneNan(data), form.predictor, form.side ?? chunkPixels);
  return deflateAsync(bytes, { ...how, memLevel: 8, windowBits: 15 });
}

/** The samples of a tile that `encodeTile` made; an empty array is a tile of nodata. Throws where it is damaged. */
export async function decodeTile(bytes: Uint8Array, form: TileForm): Promise<TileData> {
  if (bytes.length === 0) return emptyTile(form);
  const length = pixelsOf(form) * arrays[form.dtype].BYTES_PER_ELEMENT;
  // More room than the tile needs, so that it comes in one piece.
  const room = { chunkSize: length + 64, maxOutputLength: length };
  const raw = await inflateAsync(bytes, room).catch((cause: unknown) => {
    throw new Error('a compressed tile is damaged: it does not inflate to one tile', { cause });
  });
  if (raw.length !== length)
    throw new Error(`a compressed tile is damaged: ${raw.length} bytes where ${length} were expected`);
  return unpredict(raw, form.dtype, form.predictor, form.side ?? chunkPixels);
}
