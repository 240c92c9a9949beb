import type { ProcessDescription } from '../api/types.ts';
import type { AoiInput } from '../map/types.ts';
import type { CheckedArea } from './rules.ts';
import type { Rules } from './use-rules.ts';

export interface Checks {
  area: CheckedArea | null;
  yearProblem: string | null;
  /** The area lies outside the region that the model was made for. */
  isOutside: boolean;
}

const noChecks: Checks = { area: null, yearProblem: null, isOutside: false };

/** What the rules say of a draft; nothing until they are there. */
export function checkDraft(
  rules: Rules | null,
  process: ProcessDescription | undefined,
  wanted: { area: AoiInput | null; season: string; year: string; model: string },
): Checks {
  if (!rules || !process) return noChecks;
  const { area, season, year, model } = wanted;
  const checked = area && rules.checkArea(area, process.limits);
  const validity = process.models.find(({ name }) => name === model)?.validity.coordinates;
  const today = new Date().toISOString().slice(0, 10);
  return {
    area: checked,
    yearProblem: season && year ? rules.checkSeasonYear(season, year, today) : null,
    isOutside: Boolean(area && checked?.problem === null && validity && !rules.isInside(area, validity as never)),
  };
}
