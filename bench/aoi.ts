import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { toUtm } from '#shared/domain/utm.ts';
import { fileSource } from '#shared/raster/file-source.ts';
import { openRaster } from '#shared/raster/raster.ts';
import { lockedPython } from '../functions/train/python-environment.ts';
import { nativeTemperate } from './aoi-models.ts';
import { aoiSeason, circle, season, year, type AoiSeason } from './aoi-season.ts';
import { cache } from './array-peer.ts';
import { runTree, type TreeRun } from './process-tree.ts';
import type { RunTime } from './python-peer.ts';
import { median, pinnedVersion, thisMachine, type BenchReport, type BenchRow } from './report.ts';

const root = join(import.meta.dirname, '..');
const peers = join(import.meta.dirname, 'peers');
/** Sides of the files' blocks: what GDAL writes where nothing is said, and what public Sentinel-2 COGs have. */
const blocks = [512, 1024];
const workers = 2;
const out = join(cache, 'aoi');

/** `aoi`: a circle of 5 km radius, 55 scenes, from local COGs to a finished COG, as `geocrop map` runs. */
export async function benchAoi({ runs }: { runs: number }): Promise<BenchReport> {
  const python = await lockedPython(join(peers, 'aoi'), join(cache, 'aoi-python'));
  const models = await nativeTemperate();
  await mkdir(out, { recursive: true });
  const rows: BenchRow[] = [];
  for (const block of blocks) {
    const made = await aoiSeason(python, cache, block);
    const sides: Sides = {
      ours: (watch) => runOurs(made, watch),
      loaded: () => runLoaded(made),
      theirs: (watch) => runPeer(python, models, made, watch),
    };
    rows.push(...(await compare(block, sides, runs)));
  }
  return { machine: thisMachine(), versions: await versions(), rows };
}

interface Sides {
  ours: (watch: boolean) => Promise<TreeRun>;
  loaded: () => Promise<RunTime>;
  theirs: (watch: boolean) => Promise<PeerRun>;
}

/** A run of the peer's program, and the time that it takes once its libraries and models are loaded. */
interface PeerRun extends TreeRun {
  loaded: RunTime;
}

/** The first run of each is watched for its memory and not timed. */
async function compare(block: number, { ours, loaded, theirs }: Sides, runs: number): Promise<BenchRow[]> {
  const mine: TreeRun[] = [];
  const mineLoaded: RunTime[] = [];
  const other: PeerRun[] = [];
  for (let run = 0; run <= runs; run++) {
    mine.push(await ours(run === 0));
    mineLoaded.push(await loaded());
    other.push(await theirs(run === 0));
    const told = [mine[run], mineLoaded[run], other[run], other[run].loaded].map(secondsOf);
    console.error(
      `bench: aoi, blocks of ${block}, run ${run}: ${told[0]}, loaded ${told[1]}; the peer ${told[2]}, loaded ${told[3]}`,
    );
  }
  await compareMaps();
  const row = (what: string, unit: string, goal: number, a: number, b: number): BenchRow => ({
    ...{ part: `AOI of 5 km, 55 scenes, blocks of ${block}${what}`, peer: 'rasterio and the boosters' },
    ...{ threads: String(workers), unit, goal, ours: a, peer_value: b, ratio: b / a },
  });
  const times = (what: string, a: RunTime[], b: RunTime[]) => [
    row(what, 's', 8, middle(a, 'wall'), middle(b, 'wall')),
    row(`${what}: CPU`, 's', 8, middle(a, 'cpu'), middle(b, 'cpu')),
  ];
  const peerLoaded = other.map((each) => each.loaded);
  return [
    ...times(', whole programs', mine, other),
    ...times(', loaded', mineLoaded, peerLoaded),
    row(': memory', 'MB', 2, megabytes(mine[0].peak), megabytes(other[0].peak)),
  ];
}

const middle = (times: RunTime[], clock: keyof RunTime) => median(times.slice(1).map((time) => time[clock]));
const megabytes = (bytes: number) => Math.round(bytes / 2 ** 20);
const secondsOf = ({ wall, cpu }: RunTime) => `${wall.toFixed(2)} s (CPU ${cpu.toFixed(2)})`;

/** The options of `geocrop map`. */
const optionsOf = ({ folder }: AoiSeason) => ({
  ...{ stac: folder, at: Object.values(circle).join(','), year: String(year), season, model: 'temperate' },
  out: join(out, 'ours'),
});
const home = { PATH: '/usr/bin:/bin', GEOCROP_HOME: join(out, 'home') };

async function runOurs(made: AoiSeason, watch: boolean): Promise<TreeRun> {
  const options = Object.entries(optionsOf(made)).flatMap(([name, value]) => [`--${name}`, value]);
  const args = ['map', ...options, '--workers', String(workers), '--force', '--json'];
  return runTree([process.execPath, join(root, 'start.mjs'), ...args], watch, home);
}

/** With what `start.mjs` gives the program. */
async function runLoaded(made: AoiSeason): Promise<RunTime> {
  const args = [join(import.meta.dirname, 'aoi-loaded.ts'), JSON.stringify(optionsOf(made)), String(workers)];
  const env = { ...home, MALLOC_MMAP_THRESHOLD_: String(2 ** 18), MALLOC_ARENA_MAX: '1' };
  const run = await runTree([process.execPath, '--max-semi-space-size=2', ...args], false, env);
  return JSON.parse(run.output) as RunTime;
}

async function runPeer(python: string, models: string, made: AoiSeason, watch: boolean): Promise<PeerRun> {
  const [x, y] = toUtm({ zone: 31, north: true }, circle.lon, circle.lat);
  const file = join(out, 'peer.tif');
  await rm(file, { force: true });
  const args = [made.folder, made.scenes, models, x, y, circle.radius, workers, file].map(String);
  const env = { PATH: '/usr/bin:/bin', OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1' };
  const run = await runTree([python, '-B', join(peers, 'aoi_peer.py'), ...args], watch, env);
  console.error(`bench: aoi, the peer: ${run.output.trim()}`);
  return { ...run, loaded: JSON.parse(run.output) as RunTime };
}

/** Classes of both maps, pixel by pixel. The boosters of the peer were fitted anew, so a few differ. */
async function compareMaps(): Promise<void> {
  const [ours, theirs] = await Promise.all([join(out, 'ours', 'map.tif'), join(out, 'peer.tif')].map(classesOf));
  let [both, same, either] = [0, 0, 0];
  for (const [place, value] of ours) {
    const other = theirs.get(place);
    both += other ? 1 : 0;
    same += other === value ? 1 : 0;
  }
  either = ours.size + theirs.size - both;
  console.error(`bench: aoi: ${either} pixels mapped, ${either - both} by one side alone, ${same} of the same class`);
  if (both < 0.999 * either || same < 0.98 * both) throw new Error('the maps differ; times of other maps mean nothing');
}

/** Class by place, of the pixels that have one. */
async function classesOf(path: string): Promise<Map<number, number>> {
  const raster = await openRaster(fileSource(path));
  const { width, height, transform } = raster;
  const values = await raster.readWindow({ band: 1, col: 0, row: 0, width, height });
  const [left, top] = [transform.originX / 10, transform.originY / 10].map(Math.round);
  const classes = new Map<number, number>();
  for (let at = 0; at < values.length; at++) {
    if (values[at] === 0) continue;
    classes.set((top - Math.floor(at / width)) * 2 ** 20 + left + (at % width), values[at]);
  }
  return classes;
}

async function versions(): Promise<Record<string, string>> {
  const names = ['rasterio', 'rio-cogeo', 'numpy', 'scipy', 'xgboost-cpu', 'lightgbm', 'catboost'];
  const requirements = join(peers, 'aoi', 'requirements.txt');
  const pinned = await Promise.all(
    names.map(async (name) => [name, (await pinnedVersion(requirements, name)).split(' ')[0]] as const),
  );
  return { node: process.versions.node, ...Object.fromEntries(pinned) };
}
