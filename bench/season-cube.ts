import { access, mkdir, open, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { spectralBands, type RequiredBand } from '#shared/domain/bands.ts';
import { dekadIndex, seasonByName, seasonDekads, seasonWindow } from '#shared/domain/season.ts';
import { assetReader } from '#shared/mapping/asset-reader.ts';
import type { TaskScene } from '#shared/mapping/chunk-task.ts';
import { taskScene } from '#shared/mapping/task-scene.ts';
import { sourceOpener } from '#shared/raster/open-source.ts';
import { nodeStacIo } from '#shared/stac/io.ts';
import { searchScenes } from '#shared/stac/search-scenes.ts';
import { groupObservations, selectScenes } from '#shared/stac/select-scenes.ts';
import { hash, mix } from '../samples/make-season/noise.ts';

/** One pass of the cube: the dekad it falls into and what makes reflectance of the digital numbers of each band. */
export interface CubePass {
  dekad: number;
  bands: { scale: number; offset: number }[];
}

/**
 * A season of many pixels in two files: `numbers` holds uint16 as [pass][band][pixel], 0 = no data, bands as in
 * `spectralBands`; `classes` the scene classification, uint8, as [pass][pixel].
 */
export interface SeasonCube {
  folder: string;
  pixels: number;
  passes: CubePass[];
}

const pack = join(import.meta.dirname, '..', 'samples', 'season-flanders-2019');
const real = { epsg: 32631, originX: 574680, originY: 5622440, pixelSize: 10, width: 64, height: 64 };
const bbox: [number, number, number, number] = [4.0585, 50.7431, 4.0676, 50.7489];
/** Times that the real square is laid beside itself, each copy the mirror image of its neighbour. */
const repeats = 16;
const side = repeats * real.width;
/** Digital numbers by which a copied pixel differs from its original at most. */
const noise = 60;
const wantedPasses = 55;

/** The real season of the samples, mirrored to 1024 x 1024 pixels with fresh noise; made once in `folder`. */
export async function seasonCube(folder: string): Promise<SeasonCube> {
  const index = join(folder, 'cube.json');
  const isThere = await access(index).then(
    () => true,
    () => false,
  );
  if (isThere) return { ...(JSON.parse(await readFile(index, 'utf8')) as Omit<SeasonCube, 'folder'>), folder };
  console.error(`bench: making a season of ${side} x ${side} pixels (once) ...`);
  await mkdir(folder, { recursive: true });
  const passes = await writePlanes(folder, await realPasses());
  const cube = { pixels: side * side, passes };
  await writeFile(`${index}.part`, JSON.stringify(cube));
  await rename(`${index}.part`, index);
  return { ...cube, folder };
}

/** A pass of the real season, and the dekad that it stands for. */
export interface RealPass {
  dekad: number;
  scene: TaskScene;
  isFlipped: boolean;
}

export async function realPasses(): Promise<RealPass[]> {
  const season = seasonByName('northern-summer');
  const query = { bbox, ...seasonWindow(season, 2019), collection: undefined };
  const found = await searchScenes(pack, query, nodeStacIo(), AbortSignal.timeout(60_000));
  const passes = groupObservations(selectScenes(found.scenes).scenes);
  const real = await Promise.all(
    passes.map(async ([first]) => {
      const scene = await taskScene(first, async () => null);
      return { scene, dekad: dekadIndex(season, 2019, scene.datetime)!, isFlipped: false };
    }),
  );
  return completed(real);
}

/**
 * Two passes to a dekad and a third to one, as two satellites give them: where there are fewer, the pass of the nearest
 * dekad comes again, upside down so that its clouds lie elsewhere.
 */
function completed(real: readonly RealPass[]): RealPass[] {
  const all = [...real];
  const inDekad = (dekad: number) => all.filter((pass) => pass.dekad === dekad).length;
  while (all.length < wantedPasses) {
    const dekads = Array.from({ length: seasonDekads }, (_, dekad) => dekad);
    const dekad = dekads.reduce((best, each) => (inDekad(each) < inDekad(best) ? each : best));
    const distance = (pass: RealPass) => Math.abs(pass.dekad - dekad);
    const nearest = real.reduce((best, each) => (distance(each) < distance(best) ? each : best));
    all.push({ ...nearest, dekad, isFlipped: true });
  }
  return all;
}

async function writePlanes(folder: string, all: readonly RealPass[]): Promise<CubePass[]> {
  const read = assetReader(sourceOpener({}));
  const plane = (scene: TaskScene, band: RequiredBand) => read(scene.assets[band]!, real);
  const numbers = await open(join(folder, 'numbers'), 'w');
  const classes = await open(join(folder, 'classes'), 'w');
  const passes: CubePass[] = [];
  try {
    for (const [i, { dekad, scene, isFlipped }] of all.entries()) {
      await classes.write(Uint8Array.from(mirrored(await plane(scene, 'SCL'), isFlipped, () => 0)));
      for (const [j, band] of spectralBands.entries()) {
        const seed = hash(i, j);
        const noiseAt = (at: number) => (mix(seed + at) % (2 * noise + 1)) - noise;
        await numbers.write(mirrored(await plane(scene, band), isFlipped, noiseAt));
      }
      const scalings = spectralBands.map((band) => scene.assets[band]!);
      passes.push({ dekad, bands: scalings.map(({ scale, offset }) => ({ scale, offset })) });
    }
  } finally {
    await numbers.close();
    await classes.close();
  }
  return passes;
}

/** The real square mirrored across the large one; no data stays no data, and nothing else becomes it. */
function mirrored(values: ArrayLike<number>, isFlipped: boolean, noiseAt: (at: number) => number): Uint16Array {
  const out = new Uint16Array(side * side);
  const reflect = (i: number) => (i & real.width ? real.width - 1 - (i & (real.width - 1)) : i & (real.width - 1));
  for (let row = 0, at = 0; row < side; row++)
    for (let col = 0; col < side; col++, at++) {
      const value = values[reflect(isFlipped ? row + real.width : row) * real.width + reflect(col)];
      out[at] = value === 0 ? 0 : Math.max(1, value + noiseAt(at));
    }
  return out;
}
