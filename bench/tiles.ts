import { spawn, type ChildProcess } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { readProduct } from '#shared/config/product.ts';
import { rgbOf } from '#shared/tiles/colours.ts';
import type { Baseline } from '#shared/tiles/baseline-catalog.ts';
import { makeRaster, openSource, type MadeRaster } from '#shared/tiles/testing/made-raster.ts';
import type { TileAddress } from '#shared/tiles/tile-matrix-set.ts';
import { bundleFunctions } from '../knative/local/bundle/bundle-functions.ts';
import { freePort } from '../knative/local/process/free-port.ts';
import { load, type LoadResult } from './load.ts';
import { median, pinnedVersion, thisMachine, type BenchReport, type BenchRow } from './report.ts';
import { tileAddresses } from './tile-addresses.ts';
import { installTiTiler, startTiTiler } from './titiler.ts';
import { untilAnswers } from './until-answers.ts';

const root = join(import.meta.dirname, '..');
const cache = join(root, '.cache', 'bench');
const layer = 'bench';
const colours = ['#419bdf', '#397d49', '#88b053', '#7a87c6', '#e49635', '#dfc35a', '#c4281b', '#a59b8f', '#b39fe1'];

/** 41 x 41 km of 10 m pixels in nine classes, made by GDAL: blocks of 512, deflate, overviews by mode. */
const made: MadeRaster = {
  epsg: 32736,
  origin: [280_000, 8_040_000],
  pixel: [10, 10],
  size: [4096, 4096],
  values: [1, 2, 3, 4, 5, 6, 7, 8, 9],
  nodata: 0,
  palette: [[0, 0, 0], ...colours.map(rgbOf)],
};

const sidecar: Baseline = {
  id: layer,
  title: 'Made for the benchmark',
  year: 2020,
  kind: 'classes',
  classes: colours.map((color, i) => ({ value: i + 1, name: `class_${i + 1}`, title: `Class ${i + 1}`, color })),
  bbox: [30, -18.5, 32, -17],
  licence: 'none',
  attribution: 'none',
};

/** Zooms of a person who comes nearer: from the whole raster to pixels of half their size. */
const zooms = [9, 10, 11, 12, 13, 14, 15];
const requests = 420;
const atOnce = 8;

interface Side {
  url(tile: TileAddress): string;
  process: ChildProcess;
}

async function startOurs(home: string): Promise<Side> {
  const [{ file }] = await bundleFunctions(['tiles'], { root, out: join(cache, 'bundles') });
  const port = await freePort();
  const child = spawn(process.execPath, [file], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      PORT: String(port),
      GEOCROP_HOME: home,
      GEOCROP_LOG_LEVEL: 'warn',
      // A baseline's tiles need neither.
      DATABASE_URL: 'postgres://nobody@127.0.0.1:9/none',
      GEOCROP_JWKS_URL: 'http://127.0.0.1:9/',
    },
  });
  const base = `http://127.0.0.1:${port}`;
  await untilAnswers(`${base}/health/readiness`, child);
  return { process: child, url: ({ z, x, y }) => `${base}/tiles/WebMercatorQuad/${z}/${x}/${y}.png?layer=${layer}` };
}

async function startPeer(raster: string): Promise<Side> {
  const port = await freePort();
  const child = await startTiTiler(await installTiTiler(join(cache, 'titiler')), port);
  const source = encodeURIComponent(raster);
  return {
    process: child,
    url: ({ z, x, y }) => `http://127.0.0.1:${port}/cog/tiles/WebMercatorQuad/${z}/${x}/${y}.png?url=${source}`,
  };
}

/** Share of the pixels that both draw alike; the peer places pixels to an eighth of one. */
async function alike(ours: Side, peer: Side, tiles: readonly TileAddress[]): Promise<number> {
  const pixels = async (url: string) =>
    sharp(await (await fetch(url)).bytes())
      .ensureAlpha()
      .raw()
      .toBuffer();
  let [same, all] = [0, 0];
  for (const tile of tiles) {
    const [a, b] = [await pixels(ours.url(tile)), await pixels(peer.url(tile))];
    for (let i = 0; i < a.length; i += 4) if (a[i + 3] === b[i + 3] && a.readUInt32LE(i) === b.readUInt32LE(i)) same++;
    all += a.length / 4;
  }
  return same / all;
}

const collect = (runs: LoadResult[], pick: (run: LoadResult) => number) => median(runs.map(pick));

function rowsOf(ours: LoadResult[], peer: LoadResult[], alone: [LoadResult[], LoadResult[]]): BenchRow[] {
  const threads = 'one process each';
  const row = (part: string, unit: string, goal: number, values: [number, number], larger: boolean): BenchRow => ({
    part,
    peer: 'TiTiler',
    ours: values[0],
    peer_value: values[1],
    unit,
    ratio: larger ? values[0] / values[1] : values[1] / values[0],
    goal,
    threads,
  });
  const both = (pick: (run: LoadResult) => number): [number, number] => [collect(ours, pick), collect(peer, pick)];
  const single = (pick: (run: LoadResult) => number): [number, number] => [
    collect(alone[0], pick),
    collect(alone[1], pick),
  ];
  return [
    row(
      `tiles, throughput, ${atOnce} at once`,
      'tiles/s',
      3,
      both((run) => run.perSecond),
      true,
    ),
    row(
      `tiles, p99 latency, ${atOnce} at once`,
      'ms',
      3,
      both((run) => run.p99),
      false,
    ),
    row(
      'tiles, median latency, one at a time',
      'ms',
      3,
      single((run) => run.p50),
      false,
    ),
    row(
      'tiles, p99 latency, one at a time',
      'ms',
      3,
      single((run) => run.p99),
      false,
    ),
    row(
      'tiles, mean size',
      'bytes',
      1,
      both((run) => run.bytes / requests),
      false,
    ),
  ];
}

/** Runs both in turn, the same tiles in the same order, others in each run; the first run of each warms up. */
async function measure(ours: Side, peer: Side, bounds: readonly number[], runs: number): Promise<BenchRow[]> {
  const results: [LoadResult[], LoadResult[]] = [[], []];
  const alone: [LoadResult[], LoadResult[]] = [[], []];
  for (let run = 0; run <= runs; run++) {
    const tiles = tileAddresses(bounds, zooms, requests, run);
    // Who begins changes from run to run.
    const order = run % 2 === 0 ? [0, 1] : [1, 0];
    for (const side of order) {
      const urls = tiles.map([ours, peer][side].url);
      const many = await load(urls, atOnce);
      const one = await load(urls.slice(0, requests / 4), 1);
      if (run === 0) continue;
      results[side].push(many);
      alone[side].push(one);
    }
  }
  return rowsOf(...results, alone);
}

/** Off the edges, where a tile may miss the raster: the peer answers 404 there. */
function inner([west, south, east, north]: readonly number[]): number[] {
  const [x, y] = [0.04 * (east - west), 0.04 * (north - south)];
  return [west + x, south + y, east - x, north - y];
}

/** `tiles`: class tiles of one COG by this project and by TiTiler, in one run on loopback. */
export async function benchTiles({ runs }: { runs: number }): Promise<BenchReport> {
  const home = join(cache, 'home');
  const raster = join(home, 'baselines', 'bench.tif');
  await rm(home, { recursive: true, force: true });
  await mkdir(join(home, 'baselines'), { recursive: true });
  await makeRaster(raster, made);
  await writeFile(join(home, 'baselines', 'bench.json'), JSON.stringify(sidecar));
  const bounds = inner((await openSource(raster)).bounds);
  const sides: Side[] = [];
  try {
    sides.push(await startPeer(raster));
    sides.push(await startOurs(home));
    const [peer, ours] = sides;
    const share = await alike(ours, peer, tileAddresses(bounds, [13, 14, 15], 12, 99));
    console.log(`both draw ${(100 * share).toFixed(2)} % of the pixels alike`);
    if (share < 0.95) throw new Error('the two do not show the same map; nothing to compare');
    const rows = await measure(ours, peer, bounds, runs);
    return { machine: thisMachine(), versions: await versions(), rows };
  } finally {
    for (const { process: child } of sides) child.kill('SIGKILL');
  }
}

async function versions(): Promise<Record<string, string>> {
  const requirements = join(import.meta.dirname, 'titiler-requirements.txt');
  return {
    geocrop: (await readProduct(root)).version,
    node: process.version,
    'titiler.application': await pinnedVersion(requirements, 'titiler-application'),
    'rio-tiler': await pinnedVersion(requirements, 'rio-tiler'),
    rasterio: await pinnedVersion(requirements, 'rasterio'),
  };
}
