import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fromArrayBuffer } from 'geotiff';
import type { Band } from '#shared/domain/bands.ts';

/** The bands that are made, by the edge of their pixels in metres. */
export const bandMetres = {
  B02: 10,
  B03: 10,
  B04: 10,
  B08: 10,
  B05: 20,
  B07: 20,
  B11: 20,
  SCL: 20,
} as const satisfies Record<Band, number>;
export const bandNames = Object.keys(bandMetres) as Band[];

/** Edge of the demo season, metres, and its upper left corner in EPSG:32631. */
export const demo = { metres: 640, originX: 574_680, originY: 5_622_440 } as const;

/** One date of the demo season. */
export interface DemoScene {
  folder: string;
  datetime: string;
}

interface DemoItem {
  properties: { datetime: string };
}

/** The demo's scenes from March to November 2019, by date. */
export async function demoScenes(root: string): Promise<DemoScene[]> {
  const files = await readdir(root, { recursive: true });
  const items = files.filter((file) => /S2_[^/\\]*\.json$/.test(file)).map((file) => join(root, file));
  const scenes = await Promise.all(
    items.map(async (path) => {
      const { properties } = JSON.parse(await readFile(path, 'utf8')) as DemoItem;
      return { folder: join(path, '..'), datetime: properties.datetime };
    }),
  );
  return scenes
    .filter(({ datetime }) => datetime >= '2019-03-01' && datetime < '2019-12-01')
    .sort((a, b) => a.datetime.localeCompare(b.datetime));
}

/** `count` of the scenes, the first and the last among them. */
export function thin<T>(scenes: readonly T[], count: number): T[] {
  if (count > scenes.length) throw new Error(`the demo season has ${scenes.length} dates, not ${count}`);
  const step = count > 1 ? (scenes.length - 1) / (count - 1) : 0;
  return Array.from({ length: count }, (_, i) => scenes[Math.round(i * step)]);
}

/** Pixels of one band of a demo scene, row by row; 0 = no data. */
export async function demoBand(scene: DemoScene, band: Band): Promise<Uint16Array> {
  const file = await readFile(join(scene.folder, `${band}.tif`));
  const tiff = await fromArrayBuffer(file.buffer.slice(file.byteOffset, file.byteOffset + file.byteLength));
  const image = await tiff.getImage();
  const side = demo.metres / bandMetres[band];
  if (image.getWidth() !== side || image.getHeight() !== side)
    throw new Error(`${scene.folder}/${band}.tif is not ${side} x ${side} pixels`);
  const [pixels] = await image.readRasters();
  return Uint16Array.from(pixels as Uint16Array);
}
