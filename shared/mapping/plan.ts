import { aoiBox, aoiEpsg, degreesOfBox } from '#shared/domain/aoi.ts';
import { GeoCropError } from '#shared/domain/errors.ts';
import { chunksExtent, chunkWindow, pixelSize, windowBox, type Box, type GridWindow } from '#shared/domain/grid.ts';
import type { MapRequest } from '#shared/domain/job.ts';
import { checkYear, dekadIndex, seasonByName, seasonWindow } from '#shared/domain/season.ts';
import { minDekads } from '#shared/features/features.ts';
import type { ModelManifest } from '#shared/model/model-manifest.ts';
import { haloOf } from '#shared/model/smoothing.ts';
import { intersects } from '#shared/stac/footprint.ts';
import { missingBands, type Scene } from '#shared/stac/scene.ts';
import { groupObservations, selectScenes } from '#shared/stac/select-scenes.ts';
import type { SceneQuery } from '#shared/stac/query.ts';
import { BrokenSceneError } from './broken-scene.ts';
import type { ChunkTask, OutputForm, TaskScene } from './chunk-task.ts';
import { chunksWithPixels } from './chunks-with-pixels.ts';
import { modelIdentity, partKey } from './part-key.ts';
import { bandsOfNoScene, taskScene, type AssetSize } from './task-scene.ts';

export interface SkippedScene {
  id: string;
  reason: string;
}

/** Everything that is decided before a pixel is read. */
export interface Plan {
  request: MapRequest;
  model: ModelManifest | null;
  output: OutputForm;
  /** The result: the chunk-aligned box of the AOI. */
  extent: GridWindow;
  tasks: ChunkTask[];
  aoiPixels: number;
  /** Scenes that at least one chunk reads. */
  scenes: Scene[];
  skipped: SkippedScene[];
}

export interface PlanInputs {
  request: MapRequest;
  output: OutputForm;
  model: ModelManifest | null;
  /** YYYY-MM-DD. */
  today: string;
  search: (query: SceneQuery) => Promise<{ scenes: Scene[]; skipped: SkippedScene[] }>;
  assetSize: AssetSize;
  /** Scenes that turned out to be broken, with the reason. */
  broken: readonly SkippedScene[];
  signal?: AbortSignal | undefined;
}

/** Turns a request into chunks, each with the scenes that it reads and the name of its part. */
export async function planJob(inputs: PlanInputs): Promise<Plan> {
  const { request, model, output } = inputs;
  const season = seasonByName(request.season);
  checkYear(season, request.year, inputs.today);
  const halo = output === 'map' && model ? haloOf(model.smoothing) : 0;
  const area = widen(aoiBox(request.aoi), halo * pixelSize);
  const epsg = aoiEpsg(request.aoi);
  const found = await inputs.search({
    bbox: degreesOfBox(epsg, area),
    ...seasonWindow(season, request.year),
    collection: request.collection ?? undefined,
  });
  const chosen = chooseScenes(found, inputs);
  checkScenes(chosen.scenes, chosen.skipped, request);
  const { scenes, skipped } = withoutPartial(chosen, request);
  checkDekads(scenes, request);
  const chunks = await chunksWithPixels(request.aoi, inputs.signal);
  const slim = new Map(
    await Promise.all(scenes.map(async (scene) => [scene.id, await taskScene(scene, inputs.assetSize)] as const)),
  );
  const modelId = model && modelIdentity(model);
  const observationsOf = sharedObservations(slim);
  const tasks = chunks.map(({ chunk, maskId }) => {
    const near = degreesOfBox(epsg, intersection(windowBox(chunkWindow(chunk, halo)), area));
    const observations = observationsOf(scenes.filter((scene) => intersects(scene, near)));
    const common = { chunk, observations, season: request.season, year: request.year, output };
    return { ...common, key: partKey({ ...common, maskId, model }), aoi: request.aoi, model: request.model, modelId };
  });
  const read = new Set(Array.from(scenesOfTasks(tasks), ({ id }) => id));
  return {
    request,
    model,
    output,
    extent: chunksExtent(chunks.map(({ chunk }) => chunk)),
    tasks,
    aoiPixels: chunks.reduce((sum, { pixels }) => sum + pixels, 0),
    scenes: scenes.filter((scene) => read.has(scene.id)),
    skipped,
  };
}

const widen = ([west, south, east, north]: Box, by: number): Box => [west - by, south - by, east + by, north + by];

const intersection = (a: Box, b: Box): Box => [
  Math.max(a[0], b[0]),
  Math.max(a[1], b[1]),
  Math.min(a[2], b[2]),
  Math.min(a[3], b[3]),
];

/** One version of each scene, without those that are broken or lie outside the season by the hour. */
function chooseScenes(found: { scenes: Scene[]; skipped: SkippedScene[] }, { broken, request }: PlanInputs) {
  const season = seasonByName(request.season);
  const { scenes, dropped } = selectScenes(found.scenes);
  const reasons = new Map(broken.map(({ id, reason }) => [id, reason]));
  const inSeason = scenes.filter((scene) => dekadIndex(season, request.year, scene.datetime) !== null);
  return {
    scenes: inSeason.filter((scene) => !reasons.has(scene.id)),
    skipped: [...found.skipped, ...dropped, ...broken],
  };
}

function checkScenes(scenes: Scene[], skipped: SkippedScene[], request: MapRequest): void {
  const { start, end } = seasonWindow(seasonByName(request.season), request.year);
  if (scenes.length === 0)
    throw new GeoCropError(
      'no-scenes',
      `there is no usable scene of the area from ${start} to ${end}${skippedHint(skipped)}; check the place (longitude comes first), the year and the season`,
      { field: 'aoi' },
    );
  const missing = bandsOfNoScene(scenes);
  if (missing.length > 0)
    throw new GeoCropError(
      'missing-band',
      `no scene of the area has the band${missing.length > 1 ? 's' : ''} ${missing.join(', ')}; a map needs them`,
      { field: 'collection' },
    );
}

/** A scene that lacks a band is a broken one: it ends the job by its name, or is left out and recorded. */
function withoutPartial({ scenes, skipped }: Pick<Plan, 'scenes' | 'skipped'>, { onBrokenScene }: MapRequest) {
  const partial = scenes.filter((scene) => missingBands(scene).length > 0);
  const reason = (scene: Scene) => `it has no band ${missingBands(scene).join(', ')}`;
  if (partial.length > 0 && onBrokenScene === 'fail') throw new BrokenSceneError(partial[0].id, reason(partial[0]));
  return {
    scenes: scenes.filter((scene) => !partial.includes(scene)),
    skipped: [...skipped, ...partial.map((scene) => ({ id: scene.id, reason: `broken: ${reason(scene)}` }))],
  };
}

function checkDekads(scenes: Scene[], request: MapRequest): void {
  const season = seasonByName(request.season);
  const { start, end } = seasonWindow(season, request.year);
  const dekads = new Set(scenes.map((scene) => dekadIndex(season, request.year, scene.datetime)));
  if (dekads.size < minDekads)
    throw new GeoCropError(
      'too-few-clear-dates',
      `the scenes from ${start} to ${end} (${scenes.length}) lie in ${dekads.size} of the season's 27 dekads; at least ${minDekads} are needed`,
      { field: 'year' },
    );
}

const skippedHint = (skipped: SkippedScene[]) =>
  skipped.length > 0 ? ` (${skipped.length} were skipped, the first because: ${skipped[0].reason})` : '';

/** Chunks of the same scenes share the list of their observations: of a country's chunks nearly all do. */
function sharedObservations(slim: ReadonlyMap<string, TaskScene>): (scenes: Scene[]) => TaskScene[][] {
  const known = new Map<string, TaskScene[][]>();
  return (scenes) => {
    const ids = JSON.stringify(scenes.map(({ id }) => id));
    const made = known.get(ids) ?? groupObservations(scenes).map((group) => group.map(({ id }) => slim.get(id)!));
    known.set(ids, made);
    return made;
  };
}

/** Every scene that one of these tasks reads, once. */
export function scenesOfTasks(tasks: readonly Pick<ChunkTask, 'observations'>[]): Set<TaskScene> {
  const scenes = new Set<TaskScene>();
  for (const observations of new Set(tasks.map((task) => task.observations)))
    for (const pass of observations) for (const scene of pass) scenes.add(scene);
  return scenes;
}
