import { z } from 'zod';
import { GeoCropError } from '#shared/domain/errors.ts';
import { baselineKinds, type BaselineKind } from './baseline-kind.ts';

/** Which baseline an import makes. */
export interface BaselineChoice {
  kind: string;
  year: string | number;
  region: string;
  /** Of Dynamic World, which is composed for a season; WorldCover is of a whole year. */
  season: string;
}

/** A checked choice, and where it lies. */
export interface BaselinePlace {
  kind: BaselineKind;
  year: number;
  id: string;
  /** Key of the raster in the baselines store. */
  key: string;
  title: string;
}

const word = z.string().regex(/^[a-z][a-z0-9]{0,19}$/);
const lastYear = 2100;
const defaultRegion = 'zim';

const refuse = (message: string, field: string) => new GeoCropError('invalid-request', message, { field });

/** Checks what an import was asked for; refuses an unknown kind, an impossible year and names that are no key. */
export function baselinePlace({ kind: name, year: given, region, season }: BaselineChoice): BaselinePlace {
  const kind = baselineKinds.find((candidate) => candidate.name === name);
  if (!kind) {
    const known = baselineKinds.map((candidate) => candidate.name).join(' or ');
    throw refuse(`there is no kind "${name}"; say --kind ${known}`, 'kind');
  }
  const year = Number(given);
  if (!Number.isInteger(year) || year < kind.firstYear || year > lastYear)
    throw refuse(
      `the year must be a whole number from ${kind.firstYear} on (${kind.title} begins there), not ${given}`,
      'year',
    );
  for (const [field, value] of Object.entries({ region, season }))
    if (!word.safeParse(value).success)
      throw refuse(
        `the ${field} is a short word of lower-case letters and digits, as zim or summer, not "${value}"`,
        field,
      );
  return { kind, year, ...placeOf(kind, year, region, season) };
}

function placeOf(kind: BaselineKind, year: number, region: string, season: string) {
  if (kind.name === 'dynamic-world')
    return {
      id: `dw-${region}-${season}-${year}`,
      key: `dw/${region}/${season}/${year}.tif`,
      title: `${kind.title} ${year}, ${season}`,
    };
  return {
    id: region === defaultRegion ? `worldcover-${year}` : `worldcover-${region}-${year}`,
    key: `worldcover/${region}/${year}.tif`,
    title: `${kind.title} ${year}`,
  };
}
