import { GeoCropError } from '#shared/domain/errors.ts';
import { intersects } from './footprint.ts';
import type { LonLatBox, Scene } from './scene.ts';

/** Which scenes are wanted: degrees, and days (YYYY-MM-DD, UTC, both included). */
export interface SceneQuery {
  bbox: LonLatBox;
  start: string;
  end: string;
  collection?: string | undefined;
}

const isDay = (text: string) =>
  /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text)) && new Date(text).toISOString().startsWith(text);

function checkBox(bbox: LonLatBox): void {
  const refuse = (reason: string) => {
    throw new GeoCropError('invalid-aoi', `the search box [${bbox.join(', ')}] ${reason}`, { field: 'aoi' });
  };
  const [west, south, east, north] = bbox;
  if (bbox.length !== 4 || !bbox.every(Number.isFinite)) refuse('must be four numbers: west, south, east, north');
  if (Math.abs(west) > 180 || Math.abs(east) > 180 || Math.abs(south) > 90 || Math.abs(north) > 90)
    refuse('is not in degrees (longitude first)');
  if (south > north) refuse('has its south above its north');
  if (west > east) refuse('goes over the antimeridian, which is not supported: map each side on its own');
}

/** Refuses a box that is not in degrees or goes over the antimeridian, and days that do not exist. */
export function checkQuery({ bbox, start, end }: SceneQuery): void {
  checkBox(bbox);
  if (isDay(start) && isDay(end) && start <= end) return;
  throw new GeoCropError('invalid-season', `${start} to ${end} is not a span of days (YYYY-MM-DD)`, { field: 'year' });
}

/** The days as a STAC interval. */
export const queryInterval = ({ start, end }: SceneQuery): string => `${start}T00:00:00Z/${end}T23:59:59Z`;

/** Why a scene does not answer the query; null where it does. Servers are not trusted to filter. */
export function mismatch(scene: Scene, { bbox, start, end, collection }: SceneQuery): string | null {
  if (collection !== undefined && scene.collection !== collection) return `of collection ${scene.collection}`;
  const day = scene.datetime.slice(0, 10);
  if (day < start || day > end) return `sensed on ${day}, outside ${start} to ${end}`;
  return intersects(scene, bbox) ? null : 'its footprint misses the area';
}
