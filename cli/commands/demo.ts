import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { aoiMask } from '#shared/domain/aoi-mask.ts';
import type { Report } from '#shared/domain/report.ts';
import { fileSource } from '#shared/raster/file-source.ts';
import { openRaster } from '#shared/raster/raster.ts';
import { readOntoGrid } from '#shared/raster/warp.ts';
import type { CliContext } from '../context.ts';
import { projectRoot } from '#shared/config/project-root.ts';
import { mapArea, type Finished } from './map.ts';

const season = join(projectRoot, 'samples', 'season-flanders-2019');

/** The demo: 600 metres of Flanders in 2019, for which the farmers' declarations are published. */
const demo = { stac: season, at: '4.063,50.746,300', season: 'northern-summer', year: '2019', model: 'temperate' };

/** Crop codes of the declarations (WorldCereal's legend) and the class that each should be mapped as. */
const classOfCode: Record<number, string> = {
  1110: 'winter_cereal',
  1500: 'winter_cereal',
  1510: 'winter_cereal',
  1200: 'maize',
  9120: 'grassland',
  5100: 'potato',
};
const classOf = (code: number) => classOfCode[code] ?? 'other';

export interface DemoOptions {
  workers?: string | undefined;
  /** A folder of its own, whose result it replaces, where none is named. */
  out?: string | undefined;
  force?: boolean | undefined;
}

/** Maps the demo season and compares the map with its labels. */
export async function runDemo(options: DemoOptions, context: CliContext): Promise<Finished> {
  const out = options.out ?? join(context.settings.home, 'demo');
  const force = options.out === undefined || options.force;
  await mkdir(dirname(resolve(out)), { recursive: true });
  const finished = await mapArea({ ...demo, workers: options.workers, out, force }, context);
  finished.report.agreement = await agreementWithLabels(finished);
  await writeFile(join(finished.folder, 'report.json'), `${JSON.stringify(finished.report, null, 2)}\n`);
  return finished;
}

/** Counts the labelled pixels of the area whose mapped class is the one of their label; no label is 0. */
export async function agreementWithLabels({ report, folder }: Finished): Promise<NonNullable<Report['agreement']>> {
  const { grid, request } = report;
  const window = { ...grid, originX: grid.bounds[0], originY: grid.bounds[3] };
  const [map, labels] = await Promise.all(
    [join(folder, 'map.tif'), join(season, 'labels_CT.tif')].map(async (path) =>
      readOntoGrid(await openRaster(fileSource(path)), window),
    ),
  );
  const mask = aoiMask(request.aoi, window);
  const names = ['', ...report.classes.map(({ name }) => name)];
  const perClass: Record<string, { labelled: number; right: number }> = {};
  for (let at = 0; at < mask.length; at++) {
    if (!mask[at] || labels[at] === 0) continue;
    const wanted = classOf(labels[at]);
    perClass[wanted] ??= { labelled: 0, right: 0 };
    perClass[wanted].labelled++;
    if (names[map[at]] === wanted) perClass[wanted].right++;
  }
  const sum = (key: 'labelled' | 'right') => Object.values(perClass).reduce((total, counts) => total + counts[key], 0);
  return { labelled: sum('labelled'), right: sum('right'), share: sum('right') / sum('labelled'), perClass };
}
