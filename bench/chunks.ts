import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { chunkMetres } from '#shared/domain/grid.ts';
import { writeSquares } from '#shared/testing/season-areas.ts';
import { makeSeason } from '../samples/make-season.ts';
import { cache } from './array-peer.ts';
import { runTree, type TreeRun } from './process-tree.ts';
import { median, thisMachine, type BenchReport } from './report.ts';

const root = join(import.meta.dirname, '..');
const side = 8;
const dates = 12;
const workers = 2;
const out = join(cache, 'chunks');

/**
 * `chunks`: what a chunk costs in a map of one chunk and in one of 64, as `geocrop map` runs: CPU seconds of all its
 * processes, from start to result, less those of the program that says its version, divided by the chunks. A square
 * within each chunk is mapped, so that every chunk has the same pixels.
 */
export async function benchChunks({ runs }: { runs: number }): Promise<BenchReport> {
  await mkdir(out, { recursive: true });
  const made = await makeSeason({ out: join(cache, `chunks-season-${dates}`), chunksX: side, chunksY: side, dates });
  const centres = made.chunks.map(({ col, row }) => [(col + 0.5) * chunkMetres, (row + 0.5) * chunkMetres] as const);
  const area = (count: number) => writeSquares(join(out, `${count}.geojson`), centres.slice(0, count), chunkMetres / 4);
  const [one, all] = [area(1), area(centres.length)];
  const [single, many, idle]: TreeRun[][] = [[], [], []];
  for (let run = 0; run <= runs; run++) {
    idle.push(await geocrop(['--version']));
    single.push(await map(made.out, one));
    many.push(await map(made.out, all));
    console.error(
      `bench: chunks, run ${run}: 1 chunk CPU ${single[run].cpu.toFixed(2)} s, ${centres.length} chunks CPU ${many[run].cpu.toFixed(2)} s, the program alone ${idle[run].cpu.toFixed(2)} s`,
    );
  }
  const cpu = (of: TreeRun[]) => median(of.slice(1).map((run) => run.cpu));
  const start = cpu(idle);
  const [alone, together] = [cpu(single) - start, (cpu(many) - start) / centres.length];
  const row = {
    part: `a chunk of ${centres.length}, CPU`,
    peer: 'a map of one chunk',
    ...{ ours: together, peer_value: alone, unit: 's', ratio: alone / together, goal: 0.9, threads: String(workers) },
  };
  return { machine: thisMachine(), versions: { node: process.version }, rows: [row] };
}

const geocrop = (args: readonly string[]): Promise<TreeRun> =>
  runTree([process.execPath, join(root, 'start.mjs'), ...args], false, {
    PATH: '/usr/bin:/bin',
    GEOCROP_HOME: join(out, 'home'),
  });

async function map(stac: string, aoi: string): Promise<TreeRun> {
  const place = ['--stac', stac, '--aoi', aoi, '--year', '2019', '--season', 'northern-summer'];
  const how = ['--model', 'temperate', '--workers', String(workers), '--accept-outside-model', '--force', '--json'];
  await rm(join(out, 'map'), { recursive: true, force: true });
  return geocrop(['map', ...place, ...how, '--out', join(out, 'map')]);
}
