import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { ChaosIo, ChaosPromise } from '../promise.ts';
import type { MutantRead } from '../world/read-mutants.ts';

const seed = 20_240_601;
const mostMs = 5000;
const heapMegabytes = 512;
const program = fileURLToPath(new URL('../world/read-mutants.ts', import.meta.url));
const fixture = (name: string) => fileURLToPath(new URL(`../../shared/testing/fixtures/${name}`, import.meta.url));
const files = ['raster/AOT.tif', 'raster/SCL.tif', 'raster/deflate-predictor.tif', 'raster/lzw-predictor.tif', 'raster/packbits.tif', 'raster/zstd-predictor.tif', 'raster/bigtiff.tif', 'raster/float-pixel.tif', 'raster/bytes-planar.tif', 'parcels/map.tif']; // prettier-ignore

/** Reads damaged files in processes of their own: each must end in pixels or in the error that names the file. */
export const brokenTiffs: ChaosPromise = {
  name: 'broken-tiffs',
  goal: 10_000,
  least: 100,
  async run(attempts, io) {
    const perFile = Math.ceil(attempts / files.length);
    let kept = 0;
    for (const name of files) {
      const reads = await readMutants(name, perFile, io);
      kept += reads;
      io.say(`${name}: ${reads} of ${perFile}`);
    }
    const promise = `a broken TIFF: no process dies, none takes over ${mostMs / 1000} s, typed errors only`;
    return { promise, tried: perFile * files.length, kept };
  },
};

async function readMutants(name: string, count: number, io: ChaosIo): Promise<number> {
  let kept = 0;
  for (let next = 0; next < count;) {
    const reads = await readUntilItEnds(name, next, count);
    for (const { n, outcome, ms, reason } of reads) {
      if (outcome !== 'untyped' && ms <= mostMs) kept++;
      else io.say(`mutant ${n} of ${name}: ${reason ?? `took ${Math.round(ms)} ms`}`);
    }
    next += reads.length;
    if (next === count) break;
    io.say(`mutant ${next} of ${name} ended the process, or took longer than ${mostMs} ms`);
    next++;
  }
  return kept;
}

/** The mutants that one process has read, in order: all, or those before the one that ended it or took too long. */
async function readUntilItEnds(name: string, from: number, to: number): Promise<MutantRead[]> {
  const args = [`--max-old-space-size=${heapMegabytes}`, program, fixture(name), ...[seed, from, to].map(String)];
  const child = spawn(process.execPath, args, { env: {}, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const reads: MutantRead[] = [];
  // The start of the process is none of the file's doing.
  let timer = setTimeout(() => child.kill('SIGKILL'), 30_000);
  child.on('message', (read: MutantRead) => {
    reads.push(read);
    clearTimeout(timer);
    timer = setTimeout(() => child.kill('SIGKILL'), mostMs);
  });
  await once(child, 'close');
  clearTimeout(timer);
  return reads;
}
