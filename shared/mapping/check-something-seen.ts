import { GeoCropError } from '#shared/domain/errors.ts';
import type { PartRecord } from './part.ts';
import type { PartRecords } from './stitch-parts.ts';
import type { StitchPlan } from './stitch-plan.ts';

const isSeen = ({ tiles }: PartRecord) => tiles.some(({ size }) => size > 0);

/** A job of which no pixel was ever seen clearly ends here, not with an empty map. */
export function checkSomethingSeen(plan: StitchPlan, records: ReadonlyMap<string, PartRecord>): void {
  for (const record of records.values()) if (isSeen(record)) return;
  throw nothingSeen(plan);
}

/** The same of records that come one after the other; no more of them are asked for than it takes. */
export async function checkSomethingSeenOf(plan: StitchPlan, records: PartRecords): Promise<void> {
  for await (const [, record] of records) if (isSeen(record)) return;
  throw nothingSeen(plan);
}

const nothingSeen = ({ scenes }: StitchPlan) =>
  new GeoCropError(
    'too-few-clear-dates',
    `no pixel of the area is clear in at least 3 of the season's 27 dekads (${scenes.length} scenes were read); try a larger area or another year`,
    { field: 'year' },
  );
