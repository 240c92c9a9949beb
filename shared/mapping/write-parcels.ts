import type { Aoi } from '#shared/domain/aoi.ts';
import { GeoCropError } from '#shared/domain/errors.ts';
import type { GridWindow } from '#shared/domain/grid.ts';
import type { PixelWindow } from '#shared/raster/raster-level.ts';
import { openRaster, type Raster } from '#shared/raster/raster.ts';
import type { ObjectStore } from '#shared/storage/object-store.ts';
import { areaWindow } from './area-window.ts';
import { objectSource } from './object-source.ts';
import { maxParcelPixels, parcels, type ClassNames, type MapPlanes } from './parcels.ts';
import type { Pause } from './regions.ts';

export interface ParcelsJob {
  store: ObjectStore;
  /** Key of `map.tif`. */
  map: string;
  /** Key of the GeoJSON to be written. */
  to: string;
  aoi: Aoi;
  /** Of the map: its origin and CRS. */
  extent: GridWindow;
  names: ClassNames;
  pause: Pause;
}

const pieceLength = 2 ** 18;

/** Writes the parcels of a finished map as GeoJSON (RFC 7946). Refuses an area of more than 16 M pixels. */
export async function writeParcels({ store, map, to, aoi, extent, names, pause }: ParcelsJob): Promise<void> {
  const window = areaWindow(aoi, extent);
  const pixels = window.width * window.height;
  if (pixels > maxParcelPixels)
    throw new GeoCropError(
      'too-large',
      `the map is too large for parcels: the box of its area holds ${Math.round(pixels / 1e6)} million pixels, at most 16 million are made into polygons; take map.tif, or map the area in pieces`,
      { field: 'file' },
    );
  const planes = await readPlanes(await openRaster(objectSource(store, map)), window, extent);
  await store.putStream(to, async (sink) => {
    let text = '{"type":"FeatureCollection","features":[';
    let separator = '\n';
    for await (const feature of parcels(planes, names, pause)) {
      text += separator + feature;
      separator = ',\n';
      if (text.length < pieceLength) continue;
      await sink.write(Buffer.from(text));
      text = '';
    }
    await sink.write(Buffer.from(`${text}\n]}\n`));
  });
}

/** What lies around the area's box in the map's chunks is no data, and is left out. */
async function readPlanes(raster: Raster, pixels: PixelWindow, extent: GridWindow): Promise<MapPlanes> {
  const { col, row, width, height } = pixels;
  const { originX, originY, pixelSize } = extent;
  const window = { ...extent, originX: originX + col * pixelSize, originY: originY - row * pixelSize, width, height };
  const plane = async (band: number) => (await raster.readWindow({ ...pixels, band })) as Uint8Array;
  return { window, classes: await plane(1), confidence: await plane(2) };
}
