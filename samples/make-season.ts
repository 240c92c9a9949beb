import { join } from 'node:path';
import { GeoCropError } from '#shared/domain/errors.ts';
import { windowBox, type ChunkId, type GridWindow } from '#shared/domain/grid.ts';
import { fromUtm } from '#shared/domain/utm.ts';
import { demoScenes, thin } from './make-season/demo.ts';
import { closeFolder, openFolder, writeJson } from './make-season/folder.ts';
import { checkParameters, demoSeason, help, parseCommand, type SeasonOptions } from './make-season/options.ts';
import { placeSeason } from './make-season/places.ts';
import { planScenes } from './make-season/scenes.ts';
import { aoiGeojson, stacCollection } from './make-season/stac.ts';
import { writeScenes } from './make-season/write-scenes.ts';

/** What was made, or found finished. */
export interface MadeSeason {
  out: string;
  /** The chunks that the season covers, with 640 m around them. */
  chunks: ChunkId[];
  window: GridWindow;
  /** Longitude and latitude of the chunks' centre. */
  centre: [number, number];
  /** File with a polygon that touches exactly these chunks. */
  aoi: string;
  items: number;
}

/**
 * Makes a season of several chunks from the demo season: a static STAC catalog in `out`. The same options give the
 * same files. A finished season is left as it is, an unfinished one is completed; a folder with anything else is refused.
 */
export async function makeSeason(
  options: SeasonOptions,
  progress: (done: number, of: number) => void = () => {},
): Promise<MadeSeason> {
  const { out, source = demoSeason } = options;
  const parameters = checkParameters(options);
  const sources = thin(await demoScenes(source), parameters.dates);
  const { chunks, window, tiles } = placeSeason(parameters);
  const scenes = planScenes(sources, tiles);
  const aoi = join(out, 'aoi.geojson');
  if (!(await openFolder(out, parameters))) {
    await writeScenes(out, scenes, parameters.seed, progress);
    await writeJson(aoi, aoiGeojson(window.epsg, windowBox(window)));
    await writeJson(join(out, 'collection.json'), stacCollection(scenes));
    await closeFolder(out, parameters);
  }
  const [minX, minY, maxX, maxY] = windowBox(window);
  const centre = fromUtm({ zone: window.epsg % 100, north: true }, (minX + maxX) / 2, (minY + maxY) / 2);
  return { out, chunks, window, centre, aoi, items: scenes.length };
}

async function main(argv: string[]): Promise<void> {
  const options = parseCommand(argv);
  if (!options) return console.log(help);
  const made = await makeSeason(options, (done, of) => process.stderr.write(`\r${done} of ${of} scenes`));
  process.stderr.write('\n');
  console.log(`${made.out}: ${made.items} scenes, ${made.chunks.length} chunks around ${made.centre.join(', ')}`);
}

if (import.meta.main)
  main(process.argv.slice(2)).catch((error: Error & { code?: string }) => {
    const usage = (error instanceof GeoCropError && error.code === 'usage') || error.code?.startsWith('ERR_PARSE_ARGS');
    console.error(`make-season: ${error.message}`);
    process.exitCode = usage ? 2 : 1;
  });
