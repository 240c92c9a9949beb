import { aoiBox, aoiEpsg, degreesOfBox } from '#shared/domain/aoi.ts';
import { pixelSize } from '#shared/domain/grid.ts';
import type { Job } from '#shared/domain/job.ts';
import { colourBands, readScene } from '#shared/mapping/clearest-scene-file.ts';
import { partFile } from '#shared/mapping/stored-part.ts';
import type { StitchPlan } from '#shared/mapping/stitch-plan.ts';
import { readPlan, resultPrefix } from '#shared/mapping/stored-task.ts';
import type { LayerClass } from '#shared/tiles/baseline-catalog.ts';
import { jobLayerId, type JobView } from '#shared/tiles/layer-id.ts';
import { partsSource } from '#shared/tiles/parts-source.ts';
import type { PixelSource } from '#shared/tiles/pixel-source.ts';
import { metresPerPixel } from './baseline-layers.ts';
import type { TilesDeps } from './deps.ts';
import type { Layer, LayerPixels } from './layer.ts';
import { shortHash, versionOf, type OpenSources } from './open-sources.ts';

const titles: Record<JobView, string> = {
  class: 'Crop classes',
  confidence: 'Confidence of the class',
  preview: 'Coarse preview',
  scene: 'Clearest scene of the season',
};

type Io = Pick<TilesDeps, 'store' | 'jobs' | 'source' | 'openAsset'> & {
  sources: OpenSources;
  /** Of jobs that are finished: nobody plans them again. */
  plans: (key: string, make: () => Promise<StitchPlan>) => Promise<StitchPlan>;
};

/** The classes of a model; 0 is no data, and pixel values count from 1. */
const classesOf = (plan: StitchPlan | null): LayerClass[] =>
  (plan?.model?.classes ?? []).map((each, i) => ({ value: i + 1, ...each }));

/** Null until the job is planned. */
async function planOf(job: Job, { store, plans }: Io): Promise<StitchPlan | null> {
  if (job.state === 'successful')
    return plans(`${job.id}@${job.finishedAt?.getTime() ?? 0}`, () => readPlan(store, job.id));
  const isThere = (await store.size(`jobs/${job.id}/plan.json`)) !== null;
  return isThere ? readPlan(store, job.id) : null;
}

type Found = Pick<Layer, 'pixels' | 'version' | 'settled'>;

const nothing: Found = { pixels: { kind: 'none' }, version: 'none', settled: false };

async function finishedMap(job: Job, band: number, io: Io): Promise<Found | null> {
  if (job.state !== 'successful') return null;
  const key = `${resultPrefix(job.id)}map.tif`;
  const size = await io.store.size(key);
  if (size === null) return null;
  const version = `${size}-${job.finishedAt?.getTime() ?? 0}`;
  const source = await io.sources.stored(io.store, 'objects', key, version);
  return { pixels: { kind: 'band', source, band }, version, settled: true };
}

/** What of the map is committed; which parts a tile shows is a matter of the tile. */
async function committedMap(job: Job, band: number, plan: StitchPlan | null, io: Io): Promise<Found> {
  if (!plan) return nothing;
  const done = new Set(await io.jobs.doneParts(job.id));
  const committed = plan.tasks.filter(({ key }) => done.has(key));
  const openPart = (key: string) => io.sources.stored(io.store, 'objects', partFile(key), 'part');
  const source = await partsSource(`job ${job.id}`, plan.extent, committed, { cache: io.sources.cache, openPart });
  return { pixels: { kind: 'parts', source, band }, version: 'parts', settled: false };
}

async function preview(job: Job, io: Io): Promise<Found> {
  const key = `${resultPrefix(job.id)}preview.tif`;
  const version = await versionOf(io.store, key);
  if (version === null) return nothing;
  const source = await io.sources.stored(io.store, 'objects', key, version);
  return { pixels: { kind: 'band', source, band: 1 }, version, settled: false };
}

/** Red, green and blue of the stored scene. A scene without blue is shown with green in its place. */
async function scenePixels(job: Job, io: Io): Promise<Found> {
  const scene = await readScene(io.store, job.id);
  if (!scene) return nothing;
  const { B04, B03, B02 = B03 } = scene.assets;
  if (!B04 || !B03 || !B02) return nothing;
  const source = await io.source(scene.source);
  const bandOf = new Map([
    [B02, 'B02'],
    [B03, 'B03'],
    [B04, 'B04'],
  ]);
  const opened = new Map(
    await Promise.all(
      [...bandOf].map(async ([asset, band]) => {
        const key = `scene/${source.id}/${shortHash(asset.href, asset.identity)}`;
        const { scale, offset } = asset;
        const open = () => io.openAsset(source, asset, `${band} of the scene ${scene.id}`);
        return [asset, { source: await io.sources.raster(key, open), scale, offset }] as const;
      }),
    ),
  );
  const bands = [B04, B03, B02].map((asset) => opened.get(asset)!);
  const version = shortHash(scene.id, ...colourBands.map((band) => scene.assets[band]?.identity ?? ''));
  return { pixels: { kind: 'rgb', bands }, version, settled: false };
}

async function findPixels(job: Job, view: JobView, plan: StitchPlan | null, io: Io): Promise<Found> {
  if (view === 'scene') return scenePixels(job, io);
  if (view === 'preview') return preview(job, io);
  const band = view === 'class' ? 1 : 2;
  return (await finishedMap(job, band, io)) ?? committedMap(job, band, plan, io);
}

/** The source whose place a layer's descriptions tell; null where nothing is there yet. */
function placeOf(pixels: LayerPixels): PixelSource | null {
  if (pixels.kind === 'none') return null;
  return pixels.kind === 'rgb' ? pixels.bands[0].source : pixels.source;
}

/** A layer of a job that the viewer may read. Until the job is planned it has no classes, and the bounds of its area. */
export async function jobLayer(job: Job, view: JobView, io: Io): Promise<Layer> {
  const plan = view === 'scene' ? null : await planOf(job, io);
  const found = await findPixels(job, view, plan, io);
  const source = placeOf(found.pixels);
  const { aoi, season, year } = job.request;
  return {
    ...found,
    id: jobLayerId(job.id, view),
    title: `${titles[view]}, ${season} ${year}`,
    type: view === 'scene' ? 'rgb' : view === 'confidence' ? 'confidence' : 'class',
    classes: view === 'class' || view === 'preview' ? classesOf(plan) : [],
    nodata: 0,
    year,
    licence: null,
    attribution: `Contains modified Copernicus Sentinel data ${year}`,
    bounds: source && view !== 'scene' ? source.bounds : degreesOfBox(aoiEpsg(aoi), aoiBox(aoi)),
    metresPerPixel: source ? metresPerPixel(source) : pixelSize,
    isPublic: false,
  };
}
