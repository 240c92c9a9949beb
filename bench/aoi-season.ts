import { access, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { spectralBands } from '#shared/domain/bands.ts';
import { dekadIndex, dekadStart, seasonByName } from '#shared/domain/season.ts';
import { toUtm } from '#shared/domain/utm.ts';
import { run } from '../functions/train/python-environment.ts';
import type { Scene } from '../samples/make-season/scenes.ts';
import { sceneFolder, stacCollection, stacItem } from '../samples/make-season/stac.ts';
import { realPasses, type RealPass } from './season-cube.ts';

/** The area: a circle round the demo, whose real scenes are what is mirrored. */
export const circle = { lon: 4.063, lat: 50.746, radius: 5000 };
export const year = 2019;
export const season = 'northern-summer';

/** A season of local COGs with 1.8 km round the circle. */
export interface AoiSeason {
  /** A static catalog. */
  folder: string;
  /** What the peer reads instead: the plain list of the files. */
  scenes: string;
}

/** Width of a scene in pixels of 10 m, and digital numbers by which a copied pixel differs from its original at most. */
const side = 1536;
const noise = 60;
const tile = { mgrs: '31UES', epsg: 32631 };
const bands = [...spectralBands, 'SCL'] as const;

/** Made once for each block size of the files. */
export async function aoiSeason(python: string, cache: string, block: number): Promise<AoiSeason> {
  const folder = join(cache, `aoi-season-${block}`);
  const made = { folder, scenes: join(folder, 'scenes.json') };
  const isThere = await access(folder).then(
    () => true,
    () => false,
  );
  if (isThere) return made;
  console.error(`bench: making a season with blocks of ${block} pixels (once, some minutes) ...`);
  const part = `${folder}.part`;
  await rm(part, { recursive: true, force: true });
  await mkdir(part, { recursive: true });
  await make(python, part, block);
  await rename(part, folder);
  return made;
}

async function make(python: string, folder: string, block: number): Promise<void> {
  const [x, y] = toUtm({ zone: 31, north: true }, circle.lon, circle.lat).map((at) => Math.round(at / 20) * 20);
  const [originX, originY] = [x - side * 5, y + side * 5];
  const box: Scene['tile']['box'] = [originX, originY - side * 10, originX + side * 10, originY];
  const passes = await realPasses();
  const scenes = passes.map((pass, i) => ({ pass, scene: sceneOf(passes, i, box) }));
  for (const { scene } of scenes) await writeItem(folder, scene);
  await writeFile(join(folder, 'collection.json'), JSON.stringify(stacCollection(scenes.map(({ scene }) => scene))));
  const files = ({ assets }: RealPass['scene']) =>
    Object.fromEntries(bands.map((band) => [band, join(dirname(assets[band]!.href), `${band}.tif`)]));
  const plan = {
    ...{ side, block, originX, originY, epsg: tile.epsg, noise },
    scenes: scenes.map(({ pass, scene }) => ({
      ...{ files: files(pass.scene), folder: join(folder, sceneFolder(scene)), flipped: pass.isFlipped },
    })),
  };
  await writeFile(join(folder, 'plan.json'), JSON.stringify(plan));
  await run(python, ['-B', join(import.meta.dirname, 'peers', 'make_season.py'), join(folder, 'plan.json')]);
  await writeFile(join(folder, 'scenes.json'), JSON.stringify(peerScenes(scenes.map(({ scene }) => scene))));
}

/** A scene three days after the one before it in its dekad. */
function sceneOf(passes: readonly RealPass[], i: number, box: Scene['tile']['box']): Scene {
  const { dekad } = passes[i];
  const before = passes.slice(0, i).filter((pass) => pass.dekad === dekad).length;
  const day = new Date(Date.parse(dekadStart(seasonByName(season), year, dekad)) + (1 + 3 * before) * 86_400_000);
  const date = day.toISOString().slice(0, 10);
  return {
    id: `S2A_${tile.mgrs}_${date.replaceAll('-', '')}_0_L2A`,
    tile: { ...tile, box },
    source: { folder: '', datetime: '' },
    ...{ datetime: `${date}T10:56:19Z`, created: `${date}T20:00:00Z`, platform: 'sentinel-2a' },
    ...{ baseline: '02.11', pass: i, stale: false },
  };
}

async function writeItem(folder: string, scene: Scene): Promise<void> {
  const item = stacItem(scene, 20);
  delete item.assets.B02;
  await mkdir(join(folder, sceneFolder(scene)), { recursive: true });
  await writeFile(join(folder, sceneFolder(scene), `${scene.id}.json`), JSON.stringify(item));
}

/** In order of time, with what makes reflectance of the numbers. */
const peerScenes = (scenes: readonly Scene[]) =>
  scenes
    .toSorted((a, b) => a.datetime.localeCompare(b.datetime))
    .map((scene) => ({
      folder: sceneFolder(scene),
      dekad: dekadIndex(seasonByName(season), year, scene.datetime),
      bands: spectralBands.map(() => ({ scale: 0.0001, offset: 0 })),
    }));
