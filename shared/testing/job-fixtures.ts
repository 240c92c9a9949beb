import { randomBytes, randomUUID } from 'node:crypto';
import { readPlatformSettings } from '#shared/config/platform-settings.ts';
import { commitPlan } from '#shared/db/commit-plan.ts';
import type { Database } from '#shared/db/database.ts';
import { claimPlanning } from '#shared/db/job-lease.ts';
import { submitJob, type Submission } from '#shared/db/submit-job.ts';
import type { Job } from '#shared/domain/job.ts';
import type { Role } from '#shared/domain/user.ts';

/** Those of a deployment that sets none. */
export const { quotas: defaultQuotas, leases: defaultLeaseTimes } = readPlatformSettings({});

/** An account without a usable password. */
export async function makeUser(db: Database, role: Role): Promise<string> {
  const name = `u${randomBytes(6).toString('hex')}`;
  const row = await db
    .insertInto('users')
    .values({ name, role, password_hash: 'none' })
    .returning('id')
    .executeTakeFirstOrThrow();
  return row.id;
}

/** A job request as `jobs` makes it. */
export const submission = (owner: string, key: string | null = null, body = 'body'): Submission => ({
  owner,
  source: 'demo',
  request: {
    aoi: { type: 'circle', lon: 4.063, lat: 50.746, radiusM: 300 },
    season: 'northern-summer',
    year: 2019,
    model: 'temperate',
    collection: null,
    onBrokenScene: 'fail',
    acceptOutsideModel: false,
  },
  geometry: {
    type: 'Polygon',
    coordinates: [
      [
        [4, 50],
        [4.1, 50],
        [4.1, 50.1],
        [4, 50.1],
        [4, 50],
      ],
    ],
  },
  idempotency: key === null ? null : { key, bodyHash: Buffer.from(body) },
});

export const partKeyOf = (): string => randomUUID().replaceAll('-', '').repeat(2);

/** A running job with these parts waiting to be computed. */
export async function runningJob(db: Database, owner: string, keys: readonly string[]): Promise<Job> {
  const { job } = await submitJob(db, submission(owner), defaultQuotas);
  const claimed = await claimPlanning(db, job.id);
  await commitPlan(
    db,
    claimed!,
    keys.map((key) => ({ key, box: [4, 50, 5, 51], sceneReads: 10 })),
    3,
  );
  return claimed!;
}
