import type { ProcessDescription } from '../api/types.ts';
import type { Draft } from './draft.ts';

const known = <T extends { [K in Name]: string }, Name extends keyof T>(list: T[], name: Name, value: string) =>
  list.find((each) => each[name] === value);

/** The last year whose season has ended on a day. */
export function lastWholeYear(startMonth: number, months: number, today: Date): number {
  let year = today.getUTCFullYear();
  while (Date.UTC(year, startMonth - 1 + months, 1) > today.getTime()) year--;
  return year;
}

const modelOf = (draft: Draft, { models }: ProcessDescription) =>
  known(models, 'name', draft.model) ?? models.find(({ season }) => season === draft.season) ?? models[0];

const seasonOf = (draft: Draft, { seasons }: ProcessDescription, modelSeason: string) =>
  known(seasons, 'name', draft.season) ?? known(seasons, 'name', modelSeason) ?? seasons[0];

/** A draft whose choices are all possible here: what is missing or unknown takes the first that fits. */
export function withDefaults(draft: Draft, process: ProcessDescription, today: Date): Draft {
  const model = modelOf(draft, process);
  const season = seasonOf(draft, process, model?.season ?? '');
  const source = known(process.sources, 'id', draft.source) ?? process.sources[0];
  const year = season ? String(lastWholeYear(season.startMonth, season.months, today)) : '';
  return {
    ...draft,
    model: model?.name ?? '',
    season: season?.name ?? '',
    source: source?.id ?? '',
    year: draft.year === '' ? year : draft.year,
  };
}
