import { defaultAoiLimits, type AoiLimits } from '#shared/domain/check-aoi.ts';
import { GeoCropError } from '#shared/domain/errors.ts';
import { t } from '../i18n/t.ts';
import { AreaFileError, type AreaFileProblem } from './area-file-error.ts';
import type { AreaAnswer } from './area-worker.ts';
import { readKml } from './read-kml.ts';
import type { AreaGeojson } from './types.ts';

export const maxFileBytes = 20 * 1024 * 1024;
const timeoutMs = 10_000;

/**
 * The area in a GeoJSON, KML, KMZ or zipped shapefile; throws a GeoCropError whose message says what is wrong with it
 * and what to do. A file is read in a worker that is ended when it takes too long.
 */
export async function readAreaFile(file: File, limits: AoiLimits = defaultAoiLimits): Promise<AreaGeojson> {
  try {
    return await read(file, limits);
  } catch (error) {
    if (error instanceof AreaFileError) throw refusal(textOf(error.problem), error);
    if (error instanceof GeoCropError) throw error;
    throw refusal(t('areaFile.failed'), error);
  }
}

/** Refuses by size before a byte is read. */
export function checkSize(size: number): void {
  if (size === 0) throw new AreaFileError('areaFile.empty');
  if (size > maxFileBytes) throw new AreaFileError('areaFile.tooLarge', { mb: maxFileBytes / 1024 ** 2 });
}

async function read(file: File, limits: AoiLimits): Promise<AreaGeojson> {
  checkSize(file.size);
  const answer = await inWorker(await file.arrayBuffer(), limits);
  if ('problem' in answer) throw new AreaFileError(answer.problem.key, answer.problem.params);
  if ('refusal' in answer) throw refusal(answer.refusal);
  return 'kml' in answer ? readKml(answer.kml, limits) : answer.area;
}

function inWorker(bytes: ArrayBuffer, limits: AoiLimits): Promise<AreaAnswer> {
  const worker = new Worker(new URL('./area-worker.ts', import.meta.url), { type: 'module' });
  return new Promise<AreaAnswer>((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new AreaFileError('areaFile.tooSlow', { seconds: timeoutMs / 1000 })),
      timeoutMs,
    );
    worker.onmessage = ({ data }: MessageEvent<AreaAnswer>) => resolve(data);
    worker.onerror = () => reject(new AreaFileError('areaFile.failed'));
    void Promise.resolve().then(() => worker.postMessage({ bytes, limits }, [bytes]));
    worker.addEventListener('message', () => clearTimeout(timer));
  }).finally(() => worker.terminate());
}

const textOf = ({ key, params }: AreaFileProblem) => t(key, params);

const refusal = (message: string, cause?: unknown) => new GeoCropError('invalid-aoi', message, { field: 'aoi', cause });
