import { readFile, stat } from 'node:fs/promises';
import type { Aoi } from '#shared/domain/aoi.ts';
import { checkAoi, type AoiLimits } from '#shared/domain/check-aoi.ts';
import { GeoCropError } from '#shared/domain/errors.ts';
import { aoiOfGeojson } from '#shared/domain/geojson-aoi.ts';

const maxGeojsonBytes = 20 * 1024 * 1024;

const refuse = (message: string, cause?: unknown) => new GeoCropError('invalid-aoi', message, { field: 'aoi', cause });

/** A plain decimal number; `Number` alone would take '' and '0x10'. */
function decimal(text: string): number {
  return /^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*$/i.test(text) ? Number(text) : NaN;
}

function circleOf(at: string): unknown {
  const parts = at.split(',').map(decimal);
  if (parts.length !== 3 || parts.some((part) => !Number.isFinite(part)))
    throw refuse(`--at takes three numbers, longitude,latitude,radius in metres (as 4.063,50.746,300), not "${at}"`);
  const [lon, lat, radiusM] = parts;
  if (Math.abs(lat) > 90 && Math.abs(lon) <= 90)
    throw refuse(
      `latitude ${lat} is beyond 90 degrees; longitude comes first: did you mean --at ${lat},${lon},${radiusM}?`,
    );
  return { type: 'circle', lon, lat, radiusM };
}

async function polygonsOf(path: string): Promise<unknown> {
  try {
    const { size } = await stat(path);
    if (size > maxGeojsonBytes)
      throw refuse(`${path} has ${size} bytes; an area of at most ${maxGeojsonBytes} is read`);
    return aoiOfGeojson(JSON.parse(await readFile(path, 'utf8')));
  } catch (cause) {
    if (cause instanceof GeoCropError) throw cause;
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') throw refuse(`there is no file ${path}`, cause);
    throw refuse(`${path} cannot be read as GeoJSON: ${(cause as Error).message}`, cause);
  }
}

/** The checked area of `--at` or `--aoi`, exactly one of which must be there. */
export async function readAoi(
  options: { at?: string | undefined; aoi?: string | undefined },
  limits: AoiLimits,
): Promise<Aoi> {
  if ((options.at === undefined) === (options.aoi === undefined))
    throw new GeoCropError('usage', 'name the area: --at <lon,lat,radius_m> or --aoi <file.geojson>', { field: 'at' });
  return checkAoi(options.at === undefined ? await polygonsOf(options.aoi!) : circleOf(options.at), limits);
}

/** A whole number in a range, by the name of its option. */
export function wholeNumber(text: string, name: string, min: number, max: number): number {
  const value = decimal(text);
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw new GeoCropError('usage', `${name} takes a whole number from ${min} to ${max}, not "${text}"`, { field: name });
}

/** A year; what is no number is refused as a season that does not exist. */
export function readYear(text: string): number {
  const value = decimal(text);
  if (Number.isInteger(value)) return value;
  throw new GeoCropError('invalid-season', `--year takes a year as 2022, not "${text}"`, { field: 'year' });
}
