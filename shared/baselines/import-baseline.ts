import { GeoCropError } from '#shared/domain/errors.ts';
import { chunkPixels } from '#shared/domain/grid.ts';
import { tilesAcross, type CogSpec } from '#shared/raster/cog-spec.ts';
import { overviewSizes } from '#shared/raster/overview.ts';
import { OverviewPyramid } from '#shared/raster/overview-pyramid.ts';
import type { OpenSource } from '#shared/raster/source.ts';
import { encodeTile } from '#shared/raster/tile-encode.ts';
import type { ObjectStore } from '#shared/storage/object-store.ts';
import { baselineSchema, sidecarKey, type Baseline } from '#shared/tiles/baseline-catalog.ts';
import { kindPalette } from './baseline-kind.ts';
import type { BaselinePlace } from './baseline-place.ts';
import type { GivenNodata } from './class-values.ts';
import { degreesOfWindow, openPieces, type Pieces } from './export-pieces.ts';
import { reduceMode } from './reduce-mode.ts';
import { rowBands } from './row-bands.ts';
import { TileSpool } from './tile-spool.ts';
import { writePlacedCog } from './write-placed-cog.ts';

export interface ImportInputs {
  store: ObjectStore;
  open: OpenSource;
  /** A file that does not exist yet, on a disk with room for the raster once more. */
  spoolPath: string;
  nodata: GivenNodata;
  /** Told after each row of tiles. */
  onRow: (done: number, rows: number) => void;
  signal?: AbortSignal | undefined;
}

export interface ImportedBaseline {
  baseline: Baseline;
  key: string;
  width: number;
  height: number;
  epsg: number;
  /** Pixels by value; the kind's nodata is left out. */
  pixels: Record<string, number>;
  validPixels: number;
  /** Pixels of which overlapping pieces say different things: the first file by name counts. */
  conflicts: number;
}

type Counts = Float64Array;

/**
 * Makes one Cloud Optimized GeoTIFF of the pieces of an export and leaves it with its sidecar in the baselines store:
 * uint8, tiles of 512 x 512, deflate, overviews by mode, empty tiles sparse. It works through the pieces in rows of
 * tiles, so that memory does not grow with the height of the raster. Nothing is kept of an import that fails.
 */
export async function importBaseline(
  paths: readonly string[],
  place: BaselinePlace,
  inputs: ImportInputs,
): Promise<ImportedBaseline> {
  const pieces = await openPieces(paths, inputs.open, inputs.signal);
  const { window } = pieces;
  const spec = specOf(place, pieces);
  await using spool = await TileSpool.open(inputs.spoolPath, [window, ...overviewSizes(window.width, window.height)]);
  const { counts, conflicts } = await spoolTiles(pieces, place, spec, spool, inputs);
  const validPixels = counts.reduce((sum, count) => sum + count, 0);
  if (validPixels === 0)
    throw new GeoCropError('invalid-source', `the files hold no pixel with a class of ${place.kind.title}`, {
      field: 'files',
    });
  await inputs.store.putStream(place.key, (sink) => writePlacedCog(spec, spool.levels(), sink, inputs.signal));
  const baseline = sidecarOf(place, pieces);
  await inputs.store.put(sidecarKey(place.key), Buffer.from(`${JSON.stringify(baseline, null, 1)}\n`));
  const { width, height, epsg } = window;
  const pixels = Object.fromEntries(place.kind.classes.map(({ value }) => [String(value), counts[value]]));
  return { baseline, key: place.key, width, height, epsg, pixels, validPixels, conflicts };
}

function specOf({ kind, title, year }: BaselinePlace, { window }: Pieces): CogSpec {
  return {
    window,
    dtype: 'uint8',
    bands: [{ name: 'class' }],
    nodata: kind.nodata,
    // Differences of class numbers mean nothing and compress worse.
    predictor: 1,
    palette: kindPalette(kind),
    metadata: { TITLE: title, LICENCE: kind.licence, ATTRIBUTION: kind.attribution(year) },
  };
}

const sidecarOf = ({ id, title, year, kind }: BaselinePlace, { window }: Pieces): Baseline =>
  baselineSchema.parse({
    id,
    title,
    year,
    kind: kind.name,
    classes: kind.classes,
    bbox: degreesOfWindow(window),
    licence: kind.licence,
    attribution: kind.attribution(year),
  });

/** Compresses all tiles, those of the overviews too, and counts the classes. */
async function spoolTiles(
  pieces: Pieces,
  { kind }: BaselinePlace,
  form: CogSpec,
  spool: TileSpool,
  { nodata, onRow, signal }: ImportInputs,
): Promise<{ counts: Counts; conflicts: number }> {
  const { width, height } = pieces.window;
  const counts: Counts = new Float64Array(256);
  const pyramid = new OverviewPyramid({
    width,
    height,
    planes: 1,
    form,
    reduce: reduceMode(kind.nodata),
    emit: ({ level, col, row, planes }) => spool.put(level, col, row, planes[0]),
  });
  const bands = rowBands(pieces, kind, nodata);
  const [across, rows] = [tilesAcross(width), tilesAcross(height)];
  for (let row = 0; row < rows; row++) {
    const band = await bands.read(row, signal);
    for (let col = 0; col < across; col += tilesAtOnce) {
      const cols = Array.from({ length: Math.min(tilesAtOnce, across - col) }, (_, i) => col + i);
      const tiles = cols.map((at) => cutTile(band, width, at, kind.nodata, counts));
      const encoded = await Promise.all(tiles.map((tile) => (tile ? encodeTile(tile, form) : new Uint8Array(0))));
      for (const [i, bytes] of encoded.entries()) await spool.put(0, cols[i], row, bytes);
      for (const [i, tile] of tiles.entries()) await pyramid.add(cols[i], row, tile && [tile]);
    }
    onRow(row + 1, rows);
  }
  await pyramid.finish();
  return { counts, conflicts: bands.conflicts.pixels };
}

/** Tiles that are compressed side by side, in the threads of zlib. */
const tilesAtOnce = 8;

/** One tile of a band of rows, padded with nodata; null where it is all nodata. */
function cutTile(band: Uint8Array, width: number, col: number, nodata: number, counts: Counts): Uint8Array | null {
  const tile = new Uint8Array(chunkPixels * chunkPixels).fill(nodata);
  const left = col * chunkPixels;
  const length = Math.min(chunkPixels, width - left);
  let valid = 0;
  for (let y = 0; y < chunkPixels; y++) {
    const from = y * width + left;
    for (let x = 0, to = y * chunkPixels; x < length; x++, to++) {
      const value = band[from + x];
      if (value === nodata) continue;
      tile[to] = value;
      counts[value]++;
      valid++;
    }
  }
  return valid > 0 ? tile : null;
}
