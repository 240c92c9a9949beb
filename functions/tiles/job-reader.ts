import type { Database } from '#shared/db/database.ts';
import { readableJob } from '#shared/db/job-row.ts';
import type { JobReader } from './deps.ts';

/** Reads jobs from a database that is opened at the first need. */
export function jobReader(database: () => Promise<Database>): JobReader {
  return {
    readable: async (id, viewer) => readableJob(await database(), id, viewer),
    async doneParts(id) {
      const db = await database();
      const rows = await db
        .selectFrom('job_parts')
        .innerJoin('parts', 'parts.key', 'job_parts.part_key')
        .select('parts.key')
        .where('job_parts.job_id', '=', id)
        .where('parts.state', '=', 'done')
        .execute();
      return rows.map(({ key }) => key);
    },
  };
}
