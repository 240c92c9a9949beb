import { access, readFile, rename } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { DecodedBlocks } from '#shared/raster/decoded-blocks.ts';
import { fileSource } from '#shared/raster/file-source.ts';
import { openRaster } from '#shared/raster/raster.ts';
import type { Samples } from '#shared/raster/samples.ts';
import { run } from '../functions/train/python-environment.ts';
import { alternate } from './alternate.ts';
import { startPythonPeer } from './python-peer.ts';
import { cache, rasterPython, rasterVersions } from './raster-peer.ts';
import { thisMachine, type BenchReport, type BenchRow } from './report.ts';
import { seasonCube } from './season-cube.ts';

type Window = readonly [col: number, row: number, width: number, height: number];

/** A chunk with its halo. */
const chunkSide = 518;
/** Chunks lie across a scene's tiles as it happens: here from the 300th pixel on. */
const chunkWindows = Array.from({ length: 49 }, (_, i): Window => {
  const [col, row] = [300 + 512 * (i % 7), 300 + 512 * Math.floor(i / 7)];
  return [col, row, Math.min(chunkSide, 4096 - col), Math.min(chunkSide, 4096 - row)];
});
const comparisons: { part: string; windows: Window[] }[] = [
  { part: 'decode, one window of 16 tiles', windows: [[0, 0, 4096, 4096]] },
  { part: 'decode, 49 windows of a chunk', windows: chunkWindows },
];

/**
 * Both sides are timed as in a long job: by then our threads have started, their code is compiled, and the memory that
 * windows are read into is there.
 */
const warmUps = 5;

/** `decode`: windows of a COG of 1024-tiles, uint16, deflate with predictor 2, on the local disk. */
export async function benchDecode({ runs }: { runs: number }): Promise<BenchReport> {
  const python = await rasterPython();
  const file = await scene(python);
  const rows: BenchRow[] = [];
  for (const { part, windows } of comparisons) rows.push(await compare(python, file, part, windows, runs));
  return { machine: thisMachine(), versions: await rasterVersions(), rows };
}

/** The COG, made once. */
async function scene(python: string): Promise<string> {
  const file = join(cache, 'decode.tif');
  const isThere = await access(file).then(
    () => true,
    () => false,
  );
  if (isThere) return file;
  const { folder } = await seasonCube(join(cache, 'season-cube'));
  await run(python, ['-B', join(import.meta.dirname, 'peers', 'decode_peer.py'), 'make', folder, `${file}.part`]);
  await rename(`${file}.part`, file);
  return file;
}

async function compare(
  python: string,
  file: string,
  part: string,
  windows: readonly Window[],
  runs: number,
): Promise<BenchRow> {
  const threads = String(availableParallelism());
  const answers = join(cache, 'decode.answers');
  const peer = await startPythonPeer(python, 'decode_peer.py', [file, threads, JSON.stringify(windows), answers]);
  try {
    let read: Samples[] = [];
    // Keeps memory, but no blocks.
    const kept = new DecodedBlocks(0);
    const open = () => openRaster(fileSource(file), undefined, kept);
    const ours = async () => {
      read.forEach(kept.memory.give);
      read = [];
      for (const [col, row, width, height] of windows)
        read.push(await (await open()).readWindow({ col, row, width, height }));
    };
    for (let warmUp = 0; warmUp < warmUps; warmUp++) {
      await ours();
      await peer.run();
    }
    const times = await alternate(part, runs, ours, peer);
    await peer.save();
    assertSame(read, await readFile(answers));
    return { part, peer: 'rasterio', goal: 1.5, threads, ...times };
  } finally {
    peer.end();
  }
}

function assertSame(ours: readonly Samples[], theirs: Buffer): void {
  const bytes = Buffer.concat(
    ours.map(({ buffer, byteOffset, byteLength }) => Buffer.from(buffer, byteOffset, byteLength)),
  );
  if (!bytes.equals(theirs))
    throw new Error('the pixels are not those of the peer; times of other answers mean nothing');
}
