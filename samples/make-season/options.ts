import { parseArgs } from 'node:util';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { GeoCropError } from '#shared/domain/errors.ts';

export interface SeasonOptions {
  /** Folder to be filled; it becomes a static STAC catalog. */
  out: string;
  chunksX?: number | undefined;
  chunksY?: number | undefined;
  /** How many of the demo's dates, spread evenly over the season. */
  dates?: number | undefined;
  seed?: number | undefined;
  /** The season that is mirrored; the demo season where it is not given. */
  source?: string | undefined;
}

/** Everything that the files' content depends on. */
export interface SeasonParameters {
  chunksX: number;
  chunksY: number;
  dates: number;
  seed: number;
}

export const help = `Usage: node samples/make-season.ts --out DIR [--chunks 3x2] [--dates 24] [--seed 1]

Makes a larger season from the demo season (mirrored, gain and noise by a fixed seed): a static STAC catalog of two
MGRS tiles that overlap, 31UGS in EPSG:32631 and 32UKB in EPSG:32632, around 5.96 E 50.75 N.

  --out DIR      folder to fill; a finished season of the same parameters is left as it is
  --chunks XxY   chunks of 512 x 512 pixels, 1x1 to 12x12 (default 3x2)
  --dates N      dates between 2019-03-01 and 2019-11-30 (default 24)
  --seed N       another season of the same form (default 1)

On a machine without Node 24: node start.mjs --exec node samples/make-season.ts ...
DIR/aoi.geojson is an area that touches exactly these chunks.
`;

export const demoSeason = fileURLToPath(new URL('../season-flanders-2019', import.meta.url));

function whole(name: string, value: number, max: number): number {
  if (Number.isInteger(value) && value >= 1 && value <= max) return value;
  throw new GeoCropError('usage', `--${name} takes whole numbers from 1 to ${max}, not ${value}`, { field: name });
}

/** Fills in the defaults and refuses what cannot be made. */
export function checkParameters({ chunksX = 3, chunksY = 2, dates = 24, seed = 1 }: SeasonOptions): SeasonParameters {
  return {
    chunksX: whole('chunks', chunksX, 12),
    chunksY: whole('chunks', chunksY, 12),
    dates: whole('dates', dates, 366),
    seed: whole('seed', seed, 0x7fffffff),
  };
}

/** The command line's arguments; `null` asks for help. */
export function parseCommand(argv: string[]): SeasonOptions | null {
  const options = {
    out: { type: 'string' },
    chunks: { type: 'string', default: '3x2' },
    dates: { type: 'string', default: '24' },
    seed: { type: 'string', default: '1' },
    help: { type: 'boolean', short: 'h', default: false },
  } as const;
  const { values } = parseArgs({ args: argv, options });
  if (values.help) return null;
  const chunks = /^(\d+)x(\d+)$/.exec(values.chunks);
  if (!values.out) throw new GeoCropError('usage', '--out is missing: name a folder for the season', { field: 'out' });
  if (!chunks) throw new GeoCropError('usage', `--chunks takes 3x2, not "${values.chunks}"`, { field: 'chunks' });
  const [chunksX, chunksY] = [Number(chunks[1]), Number(chunks[2])];
  return { out: resolve(values.out), chunksX, chunksY, dates: Number(values.dates), seed: Number(values.seed) };
}
