import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { assetBytes } from './asset.ts';
import { layCells, type Cells } from './cells.ts';
import { bandMetres, bandNames, demoBand } from './demo.ts';
import { cloudCover, reflectance, sceneClasses } from './field.ts';
import { writeJson, writeWhole } from './folder.ts';
import type { Tile } from './places.ts';
import type { Scene } from './scenes.ts';
import { sceneFolder, stacItem } from './stac.ts';

/** The cells of a tile by pixel size, laid when they are first needed. */
function cellsOf(tile: Tile): (metres: number) => Cells {
  const laid = new Map<number, Cells>();
  return (metres) => {
    const cells = laid.get(metres) ?? layCells(tile, metres);
    laid.set(metres, cells);
    return cells;
  };
}

async function writeScene(folder: string, scene: Scene, seed: number, cells: (metres: number) => Cells): Promise<void> {
  const pass = { seed, number: scene.pass, stale: scene.stale };
  let cover = 0;
  for (const [number, band] of bandNames.entries()) {
    const metres = bandMetres[band];
    const { width, height } = cells(metres);
    const source = await demoBand(scene.source, band);
    const data =
      band === 'SCL' ? sceneClasses(cells(metres), source, pass) : reflectance(cells(metres), source, pass, number);
    if (data instanceof Uint8Array) cover = cloudCover(data);
    await writeWhole(join(folder, `${band}.tif`), await assetBytes(scene.tile, band, metres, { width, height, data }));
  }
  await writeJson(join(folder, `${scene.id}.json`), stacItem(scene, cover));
}

/** Writes what is missing of the scenes; an item comes after its assets, so a scene with an item is whole. */
export async function writeScenes(
  out: string,
  scenes: readonly Scene[],
  seed: number,
  progress: (done: number, of: number) => void,
): Promise<void> {
  const tiles = new Set(scenes.map((scene) => scene.tile));
  let done = 0;
  for (const tile of tiles) {
    const cells = cellsOf(tile);
    for (const scene of scenes.filter((candidate) => candidate.tile === tile)) {
      const folder = join(out, sceneFolder(scene));
      if (!existsSync(join(folder, `${scene.id}.json`))) await writeScene(folder, scene, seed, cells);
      progress(++done, scenes.length);
    }
  }
}
