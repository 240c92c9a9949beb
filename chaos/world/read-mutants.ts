import { readFileSync } from 'node:fs';
import { GeoCropError } from '#shared/domain/errors.ts';
import { openRaster } from '#shared/raster/raster.ts';
import type { ByteSource } from '#shared/raster/source.ts';
import { readOntoGrid } from '#shared/raster/warp.ts';
import { randomNumbers } from '#shared/testing/random-numbers.ts';
import { mutant } from '#shared/testing/mutant.ts';

/** What became of one mutant. */
export interface MutantRead {
  n: number;
  /** `untyped`: an error that is not the one for broken scenes, or that does not name the file. */
  outcome: 'pixels' | 'refused' | 'untyped';
  ms: number;
  reason?: string | undefined;
}

/** Reads mutants `from` to `to` - 1 of a file, each like a worker reads a scene, and tells its parent of every one. */
const [path, seed, from, to] = process.argv.slice(2);
const original = new Uint8Array(readFileSync(path));
for (let n = Number(from); n < Number(to); n++) {
  const began = performance.now();
  const read = await readAll(mutant(original, randomNumbers(Number(seed) + n)));
  process.send!({ n, ...read, ms: performance.now() - began } satisfies MutantRead);
}
process.disconnect();

function memorySource(bytes: Uint8Array): ByteSource {
  return {
    name: 'memory.tif',
    size: async () => bytes.length,
    read: async (offset, length) => {
      if (offset < 0 || offset + length > bytes.length) throw new Error(`unchecked read of ${offset}+${length}`);
      return bytes.slice(offset, offset + length);
    },
  };
}

async function readAll(bytes: Uint8Array): Promise<Pick<MutantRead, 'outcome' | 'reason'>> {
  try {
    const raster = await openRaster(memorySource(bytes));
    for (const level of [raster, ...raster.overviews]) {
      const [width, height] = [Math.min(level.width, 256), Math.min(level.height, 256)];
      await level.readWindow({ band: raster.bands, col: 0, row: 0, width, height });
    }
    const grid = { epsg: 32630, originX: 463500, originY: 5619500, pixelSize: 10, width: 64, height: 64 };
    await readOntoGrid(raster, grid);
    return { outcome: 'pixels' };
  } catch (error) {
    if (error instanceof GeoCropError && error.code === 'broken-scene' && error.message.includes('memory.tif'))
      return { outcome: 'refused' };
    return { outcome: 'untyped', reason: String(error) };
  }
}
