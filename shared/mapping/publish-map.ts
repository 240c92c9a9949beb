import { createHash, randomUUID } from 'node:crypto';
import type { Report } from '#shared/domain/report.ts';
import { paletteImage } from '#shared/raster/palette-image.ts';
import { pamXml } from '#shared/raster/pam.ts';
import { openRaster } from '#shared/raster/raster.ts';
import type { ObjectStore } from '#shared/storage/object-store.ts';
import { areaWindow, reducedWindow } from './area-window.ts';
import { buildReport, type RunFacts } from './build-report.ts';
import { ClassCounts } from './class-counts.ts';
import { kernelVersion } from './kernel-version.ts';
import { objectSource } from './object-source.ts';
import { paletteOf } from './part.ts';
import { stacItem } from './stac-item.ts';
import { stitch, type OnTile } from './stitch.ts';
import type { PartRecords } from './stitch-parts.ts';
import type { StitchPlan } from './stitch-plan.ts';
import { StitchTotals } from './stitch-totals.ts';

/** A computed job and where its files go. */
export interface Publication {
  plan: StitchPlan;
  records: PartRecords;
  /** Store of the parts. */
  parts: ObjectStore;
  results: ObjectStore;
  /** Put before every file's name: empty, or a key that ends in a slash. */
  prefix: string;
  facts: Omit<RunFacts, 'validPixels' | 'classPixels' | 'meanConfidence' | 'seconds'> & {
    seconds: { plan: number; compute: number };
  };
  signal?: AbortSignal | undefined;
}

type Files = Report['files'];

/** Stitches `map.tif` and writes what lies beside it: names, picture, report, STAC item. */
export async function publishMap(publication: Publication): Promise<Report> {
  const { plan } = publication;
  const model = plan.model!;
  const [counts, totals] = [new ClassCounts(model.classes.length), new StitchTotals()];
  const started = performance.now();
  const onTile: OnTile = (_chunk, bands, record) => {
    counts.add(bands);
    totals.add(record);
  };
  const files: Files = [await publishRaster(publication, 'map.tif', onTile)];
  const stitchSeconds = (performance.now() - started) / 1000;
  const categories = ['no data', ...model.classes.map(({ title }) => title)];
  publication.signal?.throwIfAborted();
  files.push(await publishFile(publication, 'map.tif.aux.xml', Buffer.from(pamXml({ categories }))));
  files.push(await publishFile(publication, 'map.png', await picture(publication)));
  const report = buildReport(plan, totals, {
    ...publication.facts,
    seconds: { ...publication.facts.seconds, stitch: stitchSeconds },
    validPixels: counts.valid,
    classPixels: counts.pixels,
    meanConfidence: counts.valid === 0 ? null : counts.confidenceSum / counts.valid,
  });
  report.files = files;
  publication.signal?.throwIfAborted();
  await publishDescriptions(publication, report);
  return report;
}

/** Stitches `features.tif`; its report is not written. */
export async function publishFeatures(publication: Publication): Promise<Report> {
  const { plan, facts } = publication;
  const totals = new StitchTotals();
  let validPixels = 0;
  const started = performance.now();
  const file = await publishRaster(publication, 'features.tif', (_chunk, [first], record) => {
    validPixels += first.counts[1];
    totals.add(record);
  });
  const seconds = { ...facts.seconds, stitch: (performance.now() - started) / 1000 };
  const report = buildReport(plan, totals, { ...facts, seconds, validPixels, classPixels: [], meanConfidence: null });
  report.files = [file];
  return report;
}

/** Stitches a raster to its place, hashed on the way. */
async function publishRaster(publication: Publication, name: string, onTile: OnTile): Promise<Files[number]> {
  const { plan, records, parts, results, prefix, facts, signal } = publication;
  const hash = createHash('sha256');
  let bytes = 0;
  await results.putStream(prefix + name, (sink) => {
    const write = async (block: Uint8Array) => {
      hash.update(block);
      bytes += block.length;
      await sink.write(block);
    };
    const metadata = rasterMetadata(plan, facts.outsideModel);
    // Two may stitch a job at once, where one has lost it without knowing.
    const scratch = { store: results, key: `${prefix}${name}.${randomUUID()}.overviews` };
    return stitch(plan, records, parts, { write }, { metadata, onTile, scratch, signal });
  });
  return { name, bytes, sha256: hash.digest('hex') };
}

async function publishFile({ results, prefix }: Publication, name: string, bytes: Uint8Array): Promise<Files[number]> {
  await results.put(prefix + name, bytes);
  return { name, bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
}

/** What the file says of itself; nothing that differs from run to run. */
function rasterMetadata({ request, model }: StitchPlan, outsideModel: boolean): Record<string, string> {
  return {
    GEOCROP_SEASON: `${request.season} ${request.year}`,
    GEOCROP_KERNEL: String(kernelVersion),
    ...(model ? { GEOCROP_MODEL: `${model.name} ${model.version}` } : {}),
    ...(outsideModel ? { GEOCROP_WARNING: 'the area lies outside the region that the model was made for' } : {}),
    ATTRIBUTION: `Contains modified Copernicus Sentinel data ${request.year}`,
  };
}

/** The longer side of a picture has at most so many map pixels. */
const picturePixels = 2048;

/** The map as people look at it: the AOI's box, classes in their colours; a large map by its overview. */
async function picture({ plan, results, prefix }: Publication): Promise<Uint8Array> {
  const raster = await openRaster(objectSource(results, `${prefix}map.tif`));
  const whole = areaWindow(plan.request.aoi, plan.extent);
  const longer = Math.max(whole.width, whole.height);
  const reductions = Math.min(raster.overviews.length, Math.max(0, Math.ceil(Math.log2(longer / picturePixels))));
  const level = reductions === 0 ? raster : raster.overviews[reductions - 1];
  const window = reducedWindow(whole, reductions);
  const values = (await level.readWindow(window)) as Uint8Array;
  return paletteImage({ width: window.width, height: window.height, values }, paletteOf(plan.model!));
}

/** The report and the STAC item, last because they list the other files. */
async function publishDescriptions({ plan, results, prefix }: Publication, report: Report): Promise<void> {
  const { request, model, files } = report;
  const id = `geocrop-${model!.name}-${request.season}-${request.year}-${files[0].sha256.slice(0, 12)}`;
  const json = (value: unknown) => Buffer.from(`${JSON.stringify(value, null, 2)}\n`);
  await results.put(`${prefix}report.json`, json(report));
  await results.put(`${prefix}item.json`, json(stacItem(report, plan.scenes, id)));
}
