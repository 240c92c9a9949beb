import { GeoCropError } from './errors.ts';

/** A season is nine whole months that start on the first of `firstMonth` (1-12). */
export interface Season {
  name: string;
  firstMonth: number;
}

export const seasonMonths = 9;
export const seasonDekads = 27;
export const firstYear = 2015;
/** Days are compared as texts of four-digit years. */
const lastYear = 9999;

const seasons: readonly Season[] = [
  { name: 'southern-summer', firstMonth: 9 },
  { name: 'northern-summer', firstMonth: 3 },
];
export const defaultSeason = 'southern-summer';

/** What a person calls a season, beside its name. */
const titles: Record<string, string> = {
  'southern-summer': 'Southern summer',
  'northern-summer': 'Northern summer',
};

/** The seasons that there are, for whoever has to choose one; months count from 1. */
export const describedSeasons = () =>
  seasons.map(({ name, firstMonth }) => ({
    name,
    title: titles[name],
    startMonth: firstMonth,
    endMonth: ((firstMonth + seasonMonths - 2) % 12) + 1,
    months: seasonMonths,
  }));

export function seasonByName(name: string): Season {
  const season = seasons.find((candidate) => candidate.name === name);
  if (season) return season;
  const known = seasons.map((candidate) => candidate.name).join(', ');
  throw new GeoCropError('invalid-season', `there is no season "${name}"; known seasons: ${known}`, {
    field: 'season',
  });
}

/** First day (YYYY-MM-DD) of a dekad of a season: the 1st, 11th or 21st of its month. */
export const dekadStart = ({ firstMonth }: Season, year: number, dekad: number): string =>
  isoDay(year, firstMonth - 1 + Math.floor(dekad / 3), 1 + 10 * (dekad % 3));

/** First and last day of the season of a year, both included, as YYYY-MM-DD. */
export interface SeasonWindow {
  start: string;
  end: string;
}

const isoDay = (year: number, month: number, day: number) =>
  new Date(Date.UTC(year, month, day)).toISOString().slice(0, 10);

export function seasonWindow(season: Season, year: number): SeasonWindow {
  const month = season.firstMonth - 1;
  return { start: isoDay(year, month, 1), end: isoDay(year, month + seasonMonths, 0) };
}

/** Refuses a year before Sentinel-2, one of five digits or a season that has not begun on `today` (YYYY-MM-DD). */
export function checkYear(season: Season, year: number, today: string): void {
  const field = { field: 'year' };
  if (!Number.isInteger(year) || year < firstYear || year > lastYear)
    throw new GeoCropError(
      'invalid-season',
      `year must be a whole number of four digits, from ${firstYear} on (Sentinel-2 begins there), not ${year}`,
      field,
    );
  const { start } = seasonWindow(season, year);
  if (start > today)
    throw new GeoCropError(
      'invalid-season',
      `the ${season.name} season of ${year} begins on ${start}, which has not come yet`,
      field,
    );
}

/** Index 0..26 of the dekad of a moment (days 1-10, 11-20, 21-end of a month, UTC); null outside the season. */
export function dekadIndex(season: Season, year: number, datetime: string): number | null {
  const date = new Date(datetime);
  if (Number.isNaN(date.getTime())) throw new Error(`not a date: ${datetime}`);
  const months = (date.getUTCFullYear() - year) * 12 + date.getUTCMonth() - (season.firstMonth - 1);
  if (months < 0 || months >= seasonMonths) return null;
  return months * 3 + Math.min(2, Math.floor((date.getUTCDate() - 1) / 10));
}
