import { randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { baselinePlace, type BaselineChoice } from '#shared/baselines/baseline-place.ts';
import type { GivenNodata } from '#shared/baselines/class-values.ts';
import { importBaseline, type ImportedBaseline } from '#shared/baselines/import-baseline.ts';

import { GeoCropError } from '#shared/domain/errors.ts';
import { fileSource } from '#shared/raster/file-source.ts';
import { diskError } from '#shared/storage/directory-store.ts';
import { bucketName, openStore } from '#shared/storage/open-store.ts';
import { readBaselineCatalog, sidecarKey, type CatalogEntry } from '#shared/tiles/baseline-catalog.ts';
import type { CliContext } from '../context.ts';
import { keepSettings } from '../keep/keep-settings.ts';
import { Progress } from '../progress.ts';

export interface ImportOptions extends BaselineChoice {
  nodata?: string | undefined;
  force?: boolean | undefined;
}

const folderOf = ({ settings }: CliContext) => join(settings.home, 'baselines');

/** Where the deployment keeps its baselines, which the environment names as for the platform itself. */
const openBaselines = () => openStore(keepSettings(), 'baselines');

/** The place of a baseline, for a person. */
function placeOf(key: string, context: CliContext): string {
  const { objects } = keepSettings();
  return objects ? `s3://${bucketName(objects.bucketPrefix, 'baselines')}/${key}` : join(folderOf(context), key);
}

function nodataOf(text: string | undefined): GivenNodata {
  if (text === undefined) return null;
  if (text === 'none') return 'none';
  const value = text.trim() === '' ? NaN : Number(text);
  if (Number.isFinite(value)) return value;
  throw new GeoCropError('invalid-request', `--nodata takes a number or none, not "${text}"`, { field: 'nodata' });
}

/** Makes a baseline of the files of an export; the platform shows it from then on. */
export async function addBaseline(files: string[], options: ImportOptions, context: CliContext): Promise<void> {
  const place = baselinePlace(options);
  const nodata = nodataOf(options.nodata);
  const store = await openBaselines();
  if (!options.force && (await store.size(place.key)) !== null)
    throw new GeoCropError(
      'output-exists',
      `the baseline ${place.id} is installed already; say --force to replace it`,
      {
        field: 'year',
      },
    );
  const folder = folderOf(context);
  const progress = new Progress(process.stderr, context.json);
  try {
    await mkdir(folder, { recursive: true });
    const imported = await importBaseline(
      files.map((file) => resolve(file)),
      place,
      {
        store,
        nodata,
        open: (path) => fileSource(path),
        spoolPath: join(folder, `.import-${randomUUID()}.tmp`),
        onRow: (done, rows) => progress.step(done, rows, 'rows of tiles'),
        signal: context.signal,
      },
    );
    const file = placeOf(place.key, context);
    context.print(told(imported, file), { file, ...imported });
  } catch (error) {
    throw diskError(error, folder);
  }
}

function told(
  { baseline, width, height, epsg, pixels, validPixels, conflicts }: ImportedBaseline,
  file: string,
): string {
  const share = (value: number) => `${((100 * pixels[String(value)]) / validPixels).toFixed(1)} %`.padStart(8);
  const classes = baseline.classes.map(({ value, title }) => `${share(value)}  ${title}`);
  const overlap = conflicts > 0 ? [`pieces that overlap differ in ${conflicts} pixels; the first by name counted`] : [];
  const size = `${width} x ${height} pixels of EPSG:${epsg}, ${((100 * validPixels) / (width * height)).toFixed(1)} % with a class`;
  return [`${baseline.id}: ${baseline.title}`, size, ...classes, ...overlap, file].join('\n');
}

/** Shows what is installed; a baseline whose sidecar cannot be used is listed with what is wrong. */
export async function listBaselines(context: CliContext): Promise<void> {
  const store = await openBaselines();
  const { entries, problems } = await readBaselineCatalog(store);
  const sized = await Promise.all(
    entries.map(async (entry) => ({ ...entry, bytes: (await store.size(entry.key)) ?? 0 })),
  );
  const lines = [...sized.map(lineOf), ...problems.map(({ key, reason }) => `${key}  DAMAGED: ${reason}`)];
  context.print(lines.join('\n') || 'no baseline is installed; geocrop baselines import --help says how', {
    baselines: sized.map(({ baseline, key, bytes }) => ({ key, bytes, ...baseline })),
    problems,
  });
}

const lineOf = ({ baseline, bytes }: CatalogEntry & { bytes: number }) =>
  `${baseline.id}  ${baseline.title}  ${(bytes / 1e6).toFixed(1)} MB  ${baseline.bbox.map((side) => side.toFixed(3)).join(', ')}`;

/** Removes a baseline by its id. */
export async function removeBaseline(id: string, context: CliContext): Promise<void> {
  const store = await openBaselines();
  const { entries } = await readBaselineCatalog(store);
  const entry = entries.find(({ baseline }) => baseline.id === id);
  if (!entry) {
    const known = entries.map(({ baseline }) => baseline.id).join(', ') || 'none';
    throw new GeoCropError('not-found', `there is no baseline "${id}"; installed: ${known}`, { field: 'id' });
  }
  // The sidecar first: without it nobody looks for the raster.
  await store.delete(sidecarKey(entry.key));
  await store.delete(entry.key);
  context.print(`${id} is removed`, { removed: id });
}
