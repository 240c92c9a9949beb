import type { AoiLimits } from '#shared/domain/check-aoi.ts';
import { GeoCropError } from '#shared/domain/errors.ts';
import { AreaFileError, type AreaFileProblem } from './area-file-error.ts';
import { readAreaBytes, type ReadArea } from './read-area-bytes.ts';

/** What the worker answers: an area, a problem of the catalog, or the domain's own sentence. */
export type AreaAnswer = ReadArea | { problem: AreaFileProblem } | { refusal: string };

async function answer({ bytes, limits }: { bytes: ArrayBuffer; limits: AoiLimits }): Promise<AreaAnswer> {
  try {
    return await readAreaBytes(new Uint8Array(bytes), limits);
  } catch (error) {
    if (error instanceof AreaFileError) return { problem: error.problem };
    if (error instanceof GeoCropError) return { refusal: error.message };
    return { problem: { key: 'areaFile.failed' } };
  }
}

addEventListener('message', (event: MessageEvent<{ bytes: ArrayBuffer; limits: AoiLimits }>) => {
  void answer(event.data).then((result) => postMessage(result));
});
