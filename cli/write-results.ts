import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { aoiBox } from '#shared/domain/aoi.ts';
import type { Report } from '#shared/domain/report.ts';
import { buildReport } from '#shared/mapping/build-report.ts';
import { ClassCounts, countValidFeatures } from '#shared/mapping/class-counts.ts';
import { kernelVersion } from '#shared/mapping/kernel-version.ts';
import { paletteOf } from '#shared/mapping/part.ts';
import { stacItem } from '#shared/mapping/stac-item.ts';
import { stitch } from '#shared/mapping/stitch.ts';
import { fileSource } from '#shared/raster/file-source.ts';
import { pamXml } from '#shared/raster/pam.ts';
import { paletteImage } from '#shared/raster/palette-image.ts';
import { openRaster } from '#shared/raster/raster.ts';
import { diskError, writeFileAtomically } from '#shared/storage/directory-store.ts';
import { partStore, staged, type JobResult } from './run-job.ts';
import type { OutFolder } from './out-folder.ts';
import type { ProductVersion } from './product-version.ts';

export interface ResultContext {
  folder: OutFolder;
  source: string;
  collection: string | null;
  outsideModel: boolean;
  workers: number;
  product: ProductVersion;
  signal: AbortSignal;
}

type Files = Report['files'];

async function writeStaged(folder: OutFolder, name: string, data: Uint8Array | string): Promise<void> {
  await writeFile(staged(folder, name), data).catch((error) => {
    throw diskError(error, folder.final);
  });
}

async function addFile(folder: OutFolder, files: Files, name: string, bytes: Uint8Array | string): Promise<void> {
  const data = typeof bytes === 'string' ? Buffer.from(bytes) : bytes;
  await writeStaged(folder, name, data);
  files.push({ name, bytes: data.length, sha256: createHash('sha256').update(data).digest('hex') });
}

/** Stitches the raster to its place, hashed on the way. */
async function writeRaster(
  job: JobResult,
  context: ResultContext,
  name: string,
  onTile: Parameters<typeof stitch>[4]['onTile'],
): Promise<Files[number]> {
  const { folder, outsideModel, signal } = context;
  const hash = createHash('sha256');
  let bytes = 0;
  await writeFileAtomically(staged(folder, name), (file) =>
    stitch(
      job.plan,
      job.records,
      partStore(folder),
      {
        async write(block) {
          hash.update(block);
          bytes += block.length;
          await file.write(block);
        },
      },
      { metadata: rasterMetadata(job, outsideModel), onTile, signal },
    ),
  );
  return { name, bytes, sha256: hash.digest('hex') };
}

/** What the file says of itself; nothing that differs from run to run. */
function rasterMetadata({ plan }: JobResult, outsideModel: boolean): Record<string, string> {
  const { request, model } = plan;
  return {
    GEOCROP_SEASON: `${request.season} ${request.year}`,
    GEOCROP_KERNEL: String(kernelVersion),
    ...(model ? { GEOCROP_MODEL: `${model.name} ${model.version}` } : {}),
    ...(outsideModel ? { GEOCROP_WARNING: 'the area lies outside the region that the model was made for' } : {}),
    ATTRIBUTION: `Contains modified Copernicus Sentinel data ${request.year}`,
  };
}

/** Writes `map.tif` and what lies beside it into the staging folder. */
export async function writeMap(job: JobResult, context: ResultContext): Promise<Report> {
  const { plan } = job;
  const counts = new ClassCounts(plan.model!.classes.length);
  const started = performance.now();
  const files: Files = [await writeRaster(job, context, 'map.tif', (_chunk, planes) => counts.add(planes))];
  const stitchSeconds = (performance.now() - started) / 1000;
  const categories = ['no data', ...plan.model!.classes.map(({ title }) => title)];
  await addFile(context.folder, files, 'map.tif.aux.xml', pamXml({ categories }));
  await addFile(context.folder, files, 'map.png', await picture(job, context.folder));
  const report = buildReport(plan, job.records, {
    ...runFacts(job, context, stitchSeconds),
    validPixels: counts.valid,
    classPixels: counts.pixels,
    meanConfidence: counts.valid === 0 ? null : counts.confidenceSum / counts.valid,
  });
  report.files = files;
  return report;
}

/** Writes `features.tif` into the staging folder. */
export async function writeFeatures(job: JobResult, context: ResultContext): Promise<Report> {
  let valid = 0;
  const started = performance.now();
  const file = await writeRaster(job, context, 'features.tif', (chunk, planes) => {
    valid += countValidFeatures(job.plan.request.aoi, chunk, planes[0]);
  });
  const facts = runFacts(job, context, (performance.now() - started) / 1000);
  const report = buildReport(job.plan, job.records, {
    ...facts,
    validPixels: valid,
    classPixels: [],
    meanConfidence: null,
  });
  report.files = [file];
  return report;
}

function runFacts(job: JobResult, context: ResultContext, stitchSeconds: number) {
  return {
    source: context.source,
    collection: context.collection,
    ...context.product,
    created: new Date().toISOString(),
    outsideModel: context.outsideModel,
    reused: job.reused,
    seconds: { ...job.seconds, stitch: stitchSeconds },
    workers: context.workers,
    peakMemoryBytes: { main: process.resourceUsage().maxRSS * 1024, worker: job.workerPeakBytes },
  };
}

/** The longer side of a picture has at most so many map pixels. */
const picturePixels = 2048;

/** The map as people look at it: the AOI's box, classes in their colours; a large map by its overview. */
async function picture({ plan }: JobResult, folder: OutFolder): Promise<Buffer> {
  const raster = await openRaster(fileSource(staged(folder, 'map.tif')));
  const [west, south, east, north] = aoiBox(plan.request.aoi);
  const { originX, originY, pixelSize } = plan.extent;
  const pixels = Math.max(east - west, north - south) / pixelSize;
  const reductions = Math.min(raster.overviews.length, Math.max(0, Math.ceil(Math.log2(pixels / picturePixels))));
  const level = reductions === 0 ? raster : raster.overviews[reductions - 1];
  const size = pixelSize * 2 ** reductions;
  const col = Math.floor((west - originX) / size);
  const row = Math.floor((originY - north) / size);
  const width = Math.min(level.width, Math.ceil((east - originX) / size)) - col;
  const height = Math.min(level.height, Math.ceil((originY - south) / size)) - row;
  const values = (await level.readWindow({ col, row, width, height })) as Uint8Array;
  return paletteImage({ width, height, values }, paletteOf(plan.model!));
}

/** The STAC item and the report itself, last because they list the other files. */
export async function writeDescriptions(report: Report, job: JobResult, folder: OutFolder): Promise<void> {
  const id = `geocrop-${report.model!.name}-${report.request.season}-${report.request.year}-${report.files[0].sha256.slice(0, 12)}`;
  const json = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;
  await writeStaged(folder, 'report.json', json(report));
  await writeStaged(folder, 'item.json', json(stacItem(report, job.plan.scenes, id)));
}
