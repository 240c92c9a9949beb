import { aoiBox, aoiEpsg, degreesOfBox } from '#shared/domain/aoi.ts';
import type { JobRequest } from '#shared/domain/job.ts';

/** A name under which a file of a result is saved: it says of which place, season and year it is. */
export function downloadName({ aoi, season, year }: JobRequest, file: string): string {
  const [west, south, east, north] = degreesOfBox(aoiEpsg(aoi), aoiBox(aoi));
  const [lon, lat] = [(west + east) / 2, (south + north) / 2];
  const place = `${Math.abs(lat).toFixed(3)}${lat < 0 ? 'S' : 'N'}-${Math.abs(lon).toFixed(3)}${lon < 0 ? 'W' : 'E'}`;
  return `geocrop-${place}-${season}-${year}-${file}`;
}
