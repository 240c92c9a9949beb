import { mkdir, readdir, readFile, rm, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { aoiBox, degreesOfBox } from '#shared/domain/aoi.ts';
import { canonicalJson } from '#shared/domain/canonical-json.ts';
import { GeoCropError } from '#shared/domain/errors.ts';
import { pixelSize, type GridWindow } from '#shared/domain/grid.ts';
import { seasonByName, seasonWindow } from '#shared/domain/season.ts';
import { rasterCache } from '#shared/mapping/asset-reader.ts';
import { BrokenSceneError, blameScene } from '#shared/mapping/broken-scene.ts';
import { packAsset, type PackedAsset } from '#shared/mapping/pack-asset.ts';
import { packCollection, packItem } from '#shared/mapping/pack-item.ts';
import type { Plan, SkippedScene } from '#shared/mapping/plan.ts';
import type { LonLatBox, Scene } from '#shared/stac/scene.ts';
import { writeFileAtomically } from '#shared/storage/directory-store.ts';
import type { CliContext } from '../context.ts';
import { setUpJob } from '../job-setup.ts';
import { openAssets } from '../open-assets.ts';
import { checkParent } from '../out-folder.ts';
import { Progress } from '../progress.ts';
import { readRequest, type MapOptions } from './map.ts';

/** Pixels round the area that are packed with it: the widest smoothing reads 15. */
const margin = 20;
const concurrency = 4;

const writeText = (path: string, text: string) => writeFileAtomically(path, (file) => file.write(Buffer.from(text)));
const writeJson = (path: string, value: unknown) => writeText(path, `${JSON.stringify(value, null, 1)}\n`);

interface Packing {
  out: string;
  window: GridWindow;
  box: LonLatBox;
  collection: string;
  open: ReturnType<typeof rasterCache>;
  signal: AbortSignal;
}

/** Copies what maps of an area read into a static catalog; what is there already is not fetched again. */
export async function packSeason(options: MapOptions & { out: string }, context: CliContext): Promise<void> {
  const request = await readRequest(options, 'features', context);
  const setup = await setUpJob(request, options.stac, 'features', context);
  const plan = await setup.plan([]);
  const out = resolve(options.out);
  await checkParent(out);
  await claimFolder(out, canonicalJson({ stac: options.stac, ...request }));
  const window = packWindow(plan);
  const packing: Packing = {
    out,
    window,
    box: degreesOfBox(window.epsg, boxOf(window)),
    collection: setup.collection() ?? 'sentinel-2-l2a',
    open: rasterCache(openAssets(context.settings)),
    signal: context.signal,
  };
  const result = await packScenes(
    plan,
    packing,
    request.onBrokenScene === 'skip',
    new Progress(process.stderr, context.json),
  );
  await writeCollection(plan, packing, result.items, options.stac);
  const bytes = result.bytes;
  context.print(
    `${result.items.length} scenes packed (${(bytes / 1e6).toFixed(1)} MB), ${result.reused} of them were there already, ${result.skipped.length} skipped\n${out}\nMap it with: geocrop map --stac ${options.out} ...`,
    { out, scenes: result.items.length, reused: result.reused, bytes, skipped: [...plan.skipped, ...result.skipped] },
  );
}

/** The AOI's box with its margin, in whole pixels of the grid. */
function packWindow({ request, extent }: Plan): GridWindow {
  const [west, south, east, north] = aoiBox(request.aoi);
  const originX = (Math.floor(west / pixelSize) - margin) * pixelSize;
  const originY = (Math.ceil(north / pixelSize) + margin) * pixelSize;
  const width = Math.ceil(east / pixelSize) + margin - originX / pixelSize;
  const height = originY / pixelSize - Math.floor(south / pixelSize) + margin;
  return { epsg: extent.epsg, originX, originY, pixelSize, width, height };
}

const boxOf = ({ originX, originY, width, height }: GridWindow): LonLatBox => [
  originX,
  originY - height * pixelSize,
  originX + width * pixelSize,
  originY,
];

/** Takes an empty folder, or one that the same request began. */
async function claimFolder(out: string, request: string): Promise<void> {
  const marker = join(out, 'pack-request.json');
  const begun = await readFile(marker, 'utf8').catch(() => null);
  if (begun?.trim() === request) return sweep(out);
  const names = await readdir(out).catch(() => []);
  if (names.length > 0)
    throw new GeoCropError(
      'output-exists',
      `${out} ${begun ? 'holds a pack of another request' : 'is not empty'}; name another folder`,
      { field: 'out' },
    );
  await mkdir(out, { recursive: true });
  await writeText(marker, `${request}\n`);
}

/** Removes what a run that was killed had only half written. */
async function sweep(out: string): Promise<void> {
  for (const name of await readdir(out, { recursive: true }))
    if (name.endsWith('.tmp')) await rm(join(out, name), { force: true });
}

async function packScenes(plan: Plan, packing: Packing, skipBroken: boolean, progress: Progress) {
  const queue = [...plan.scenes];
  const result = { items: [] as string[], reused: 0, bytes: 0, skipped: [] as SkippedScene[] };
  let done = 0;
  const worker = async () => {
    for (let scene = queue.shift(); scene; scene = queue.shift()) {
      packing.signal.throwIfAborted();
      try {
        const packed = await packScene(scene, packing);
        if (packed.bytes > 0) result.items.push(scene.id);
        result.bytes += packed.bytes;
        result.reused += packed.reused ? 1 : 0;
      } catch (error) {
        const blamed = blameScene(scene.id, error);
        if (!skipBroken || !(blamed instanceof BrokenSceneError)) throw blamed;
        result.skipped.push({ id: scene.id, reason: blamed.message });
      }
      progress.step(++done, plan.scenes.length, 'scenes packed');
    }
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  result.items.sort();
  return result;
}

/** Packs one scene; its item is written last, so that a scene with an item is whole. */
async function packScene(scene: Scene, packing: Packing): Promise<{ bytes: number; reused: boolean }> {
  const folder = join(packing.out, scene.id);
  const itemPath = join(folder, `${scene.id}.json`);
  const there = await packedBytes(itemPath, folder);
  if (there !== null) return { bytes: there, reused: true };
  const packed = new Map<string, PackedAsset>();
  for (const [band, { href, scale, offset }] of Object.entries(scene.assets)) {
    const raster = await packing.open({ href, scale, offset, shape: null, identity: href }, packing.signal);
    const asset = await packAsset(raster, packing.window, band, packing.signal);
    if (!asset) continue;
    packed.set(band, asset);
    await writeFileAtomically(join(folder, `${band}.tif`), (file) => file.write(asset.bytes));
  }
  if (packed.size === 0) return { bytes: 0, reused: false };
  await writeJson(itemPath, packItem(scene, packed, packing.box, packing.collection));
  return { bytes: [...packed.values()].reduce((sum, { bytes }) => sum + bytes.length, 0), reused: false };
}

/** The size of a scene that was packed before; null where its item or one of its files is not there whole. */
async function packedBytes(itemPath: string, folder: string): Promise<number | null> {
  const text = await readFile(itemPath, 'utf8').catch(() => null);
  if (text === null) return null;
  const assets = Object.values(JSON.parse(text).assets) as { href: string; 'file:size': number }[];
  let bytes = 0;
  for (const asset of assets) {
    const found = await stat(join(folder, asset.href)).catch(() => null);
    if (found?.size !== asset['file:size']) return null;
    bytes += found.size;
  }
  return bytes;
}

const licence = `The scenes in this folder are cut-outs of Copernicus Sentinel-2 data, which anyone may use, change and pass on
(Regulation (EU) No 1159/2013; "Legal notice on the use of Copernicus Sentinel Data and Service Information").
Whoever does says: "Contains modified Copernicus Sentinel data [year]".
`;

async function writeCollection(plan: Plan, packing: Packing, items: string[], source: string): Promise<void> {
  const { request } = plan;
  const info = {
    id: packing.collection,
    title: `Sentinel-2 L2A, ${request.season} ${request.year}`,
    license: 'proprietary',
    box: packing.box,
    ...seasonWindow(seasonByName(request.season), request.year),
    source: source.startsWith('http') ? source : 'a local catalog',
    items,
  };
  await writeText(join(packing.out, 'LICENSE.txt'), licence);
  await writeText(join(packing.out, 'SHA256SUMS'), await checksums(packing.out, items));
  await writeJson(join(packing.out, 'collection.json'), packCollection(info));
}

/** One line a file, as `sha256sum --check SHA256SUMS` reads it. */
async function checksums(out: string, items: readonly string[]): Promise<string> {
  const lines: string[] = [];
  for (const item of items) {
    const { assets } = JSON.parse(await readFile(join(out, item, `${item}.json`), 'utf8'));
    for (const asset of Object.values(assets) as { href: string; 'file:checksum': string }[])
      lines.push(`${asset['file:checksum'].slice(4)}  ${item}/${asset.href.slice(2)}\n`);
  }
  return lines.sort().join('');
}
