import { createHash } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { ClassCounts } from '#shared/mapping/class-counts.ts';
import { stitch } from '#shared/mapping/stitch.ts';
import { fileSource } from '#shared/raster/file-source.ts';
import { openRaster } from '#shared/raster/raster.ts';
import { directoryStore } from '#shared/storage/directory-store.ts';
import { alternate } from './alternate.ts';
import { madeParts, type MadeParts } from './made-parts.ts';
import { startPythonPeer } from './python-peer.ts';
import { cache, rasterPython, rasterVersions } from './raster-peer.ts';
import { thisMachine, type BenchReport } from './report.ts';
import { assertSameOverviews } from './stitch-overviews.ts';

const side = 20;

/** `stitch`: 400 parts of class and confidence to one COG with overviews; pixels counted and the file hashed, as a job does. */
export async function benchStitch({ runs }: { runs: number }): Promise<BenchReport> {
  const python = await rasterPython();
  const made = await madeParts(join(cache, 'stitch-parts'), side);
  const threads = String(availableParallelism());
  const theirs = join(cache, 'stitch-peer.tif');
  const peer = await startPythonPeer(python, 'stitch_peer.py', [join(made.folder, 'parts'), threads, theirs]);
  try {
    const times = await alternate('stitch', runs, () => stitched(made), peer);
    await assertSame(join(made.folder, 'map.tif'), theirs);
    const row = {
      part: `stitch of ${side * side} chunks`,
      peer: 'rasterio and rio-cogeo',
      goal: 10,
      threads,
      ...times,
    };
    return { machine: thisMachine(), versions: await rasterVersions(), rows: [row] };
  } finally {
    peer.end();
  }
}

async function stitched({ folder, plan, records }: MadeParts): Promise<void> {
  const store = directoryStore(folder);
  const counts = new ClassCounts(plan.model!.classes.length);
  const hash = createHash('sha256');
  await store.putStream('map.tif', (sink) => {
    const write = async (bytes: Uint8Array) => {
      hash.update(bytes);
      await sink.write(bytes);
    };
    return stitch(plan, records, store, { write }, { metadata: {}, onTile: (_chunk, bands) => counts.add(bands) });
  });
  hash.digest('hex');
}

/** Refuses files that do not hold the same pixels: times of other answers mean nothing. */
async function assertSame(ours: string, theirs: string): Promise<void> {
  const [a, b] = [await openRaster(fileSource(ours)), await openRaster(fileSource(theirs))];
  if (a.width !== b.width || a.height !== b.height) throw new Error('the maps are of another size');
  for (const band of [1, 2])
    for (let row = 0; row < a.height; row += 1024) {
      const window = { band, col: 0, row, width: a.width, height: Math.min(1024, a.height - row) };
      const [mine, other] = [await a.readWindow(window), await b.readWindow(window)];
      if (Buffer.compare(mine as Uint8Array, other as Uint8Array) !== 0)
        throw new Error(`the maps differ in band ${band}`);
    }
  await assertSameOverviews(a, b);
}
