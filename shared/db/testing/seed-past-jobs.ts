import { sql } from 'kysely';
import type { Database } from '../database.ts';

/**
 * Jobs that ended in the last twenty days, each with two parts of its own and its events: of twenty, fourteen ended
 * well, three failed, two were cancelled and one was deleted. Their results are kept.
 */
export async function seedPastJobs(db: Database, owner: string, count: number): Promise<void> {
  await sql`
    INSERT INTO jobs (owner, state, source, request, aoi, scenes, chunks, parts_left, created_at, started_at, finished_at, deleted_at, summary)
    SELECT ${owner}::uuid,
      CASE WHEN n % 20 < 14 THEN 'successful' WHEN n % 20 < 17 THEN 'failed' ELSE 'dismissed' END,
      'demo', '{}', ST_Multi(ST_MakeEnvelope(4, 50, 4.1, 50.1, 4326)), 55, 2, 0, at, at, at + interval '1 minute',
      CASE WHEN n % 20 = 19 THEN at + interval '2 minutes' END, '{}'
    FROM (SELECT n, now() - interval '20 days' * n / ${count} - interval '2 hours' AS at FROM generate_series(1, ${count}::integer) AS n) AS past`.execute(
    db,
  );
  await sql`
    INSERT INTO parts (key, state, box, lease, tries, scene_reads, scenes_read, record, created_at, finished_at)
    SELECT md5(id::text || n), 'done', ST_MakeEnvelope(4, 50, 4.1, 50.1, 4326), 1, 1, 55, 55,
      '{"scenes": [{"id": "a"}], "computedPixels": 1, "seconds": {"read": 1}}', created_at, finished_at
    FROM jobs CROSS JOIN generate_series(0, 1) AS n WHERE finished_at IS NOT NULL
    ON CONFLICT DO NOTHING`.execute(db);
  await sql`
    INSERT INTO job_parts (job_id, position, part_key)
    SELECT id, n, md5(id::text || n) FROM jobs CROSS JOIN generate_series(0, 1) AS n WHERE finished_at IS NOT NULL
    ON CONFLICT DO NOTHING`.execute(db);
  await sql`
    INSERT INTO events (job_id, type, data, at)
    SELECT id, type, '{}', finished_at FROM jobs, unnest(ARRAY['accepted', 'planned', 'part', 'part', 'stitching', 'successful']) AS type
    WHERE finished_at IS NOT NULL AND NOT EXISTS (SELECT FROM events WHERE job_id = jobs.id)`.execute(db);
  await sql`ANALYZE`.execute(db);
}
