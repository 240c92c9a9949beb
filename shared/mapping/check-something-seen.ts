import { GeoCropError } from '#shared/domain/errors.ts';
import type { PartRecords } from './stitch-parts.ts';
import type { StitchPlan } from './stitch-plan.ts';

/** A job of which no pixel was ever seen clearly ends here, not with an empty map. No more records are asked for than it takes. */
export async function checkSomethingSeen({ scenes }: StitchPlan, records: PartRecords): Promise<void> {
  for await (const [, { tiles }] of records) if (tiles.some(({ size }) => size > 0)) return;
  throw new GeoCropError(
    'too-few-clear-dates',
    `no pixel of the area is clear in at least 3 of the season's 27 dekads (${scenes.length} scenes were read); try a larger area or another year`,
    { field: 'year' },
  );
}
