import type { CogDtype, CogPredictor } from './cog-spec.ts';
import { undoDifferences } from './predictor.ts';
import { samplesOf } from './samples.ts';
import type { TileData } from './tile-encode.ts';

const bytesOf = (data: TileData) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

/** Each sample less its left neighbour, row by row, in the sample's own arithmetic (TIFF 6.0 section 14). */
function differences<T extends TileData>(data: T, width: number): T {
  const out = data.slice() as T;
  for (let row = 0; row < data.length; row += width)
    for (let i = row + width - 1; i > row; i--) out[i] = data[i] - data[i - 1];
  return out;
}

/**
 * TIFF technical note 3: the bytes of a row of floats regrouped into four planes, the most significant first, then
 * differenced bytewise over the whole row. `to[i]` is the place of little-endian byte `i` of a row.
 */
function planePlaces(width: number): Int32Array {
  return Int32Array.from({ length: width * 4 }, (_, i) => (3 - (i % 4)) * width + (i >> 2));
}

function floatPlanes(data: TileData, width: number): Uint8Array {
  const bytes = bytesOf(data);
  const places = planePlaces(width);
  const out = new Uint8Array(bytes.length);
  for (let row = 0; row < bytes.length; row += places.length)
    for (let i = 0; i < places.length; i++) out[row + places[i]] = bytes[row + i];
  return differences(out, places.length);
}

function fromFloatPlanes(raw: Uint8Array, into: Uint8Array, width: number): void {
  const places = planePlaces(width);
  undoDifferences(raw, places.length, 1);
  for (let row = 0; row < raw.length; row += places.length)
    for (let i = 0; i < places.length; i++) into[row + i] = raw[row + places[i]];
}

/** The bytes that are to be compressed; samples are little-endian, as on every supported machine. `data` is left as it is. */
export function predict(data: TileData, predictor: CogPredictor, width: number): Uint8Array {
  if (predictor === 3) return floatPlanes(data, width);
  return bytesOf(predictor === 2 ? differences(data, width) : data);
}

/** Undoes `predict`; `raw` is used up and may be what is returned. */
export function unpredict(raw: Uint8Array, dtype: CogDtype, predictor: CogPredictor, width: number): TileData {
  if (predictor !== 3) {
    const data = samplesOf(dtype, raw) as TileData;
    if (predictor === 2) undoDifferences(data, width, 1);
    return data;
  }
  const data = samplesOf(dtype, new Uint8Array(raw.length)) as TileData;
  fromFloatPlanes(raw, bytesOf(data), width);
  return data;
}
