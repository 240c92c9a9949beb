import { sql } from 'kysely';
import type { Database } from '#shared/db/database.ts';
import { newestSchema } from '#shared/db/migrate.ts';
import { deadLetterQueue, type Queue } from '#shared/queue/queue.ts';
import { chunksQueue, jobsQueue } from '#shared/queue/work-messages.ts';
import { schemaVersion } from '../database/tables.ts';
import { fail, ok, warn, type Finding } from './finding.ts';

export async function checkSchema(db: Database): Promise<Finding[]> {
  const [schema, newest] = [await schemaVersion(db), await newestSchema()];
  const text = `form ${schema}, this version knows ${newest}`;
  if (schema > newest) return [fail('schema', text, 'update this installation: the database was made by a newer one')];
  if (schema < newest) return [warn('schema', text, 'the next start upgrades it, after a backup')];
  return [ok('schema', text)];
}

/** Leases that ran out and were not taken over, though somebody waits for the work. */
export async function checkLeases(db: Database): Promise<Finding[]> {
  const { rows } = await sql<{ held: number; stale: number; waiting: number }>`
    SELECT count(*) FILTER (WHERE state = 'leased' AND leased_until >= now())::int AS held,
      count(*) FILTER (WHERE state = 'leased' AND leased_until < now() - interval '3 minutes')::int AS stale,
      count(*) FILTER (WHERE state = 'waiting')::int AS waiting
    FROM parts WHERE state IN ('leased', 'waiting') AND EXISTS (
      SELECT FROM job_parts JOIN jobs ON jobs.id = job_parts.job_id
      WHERE part_key = parts.key AND jobs.state = 'running')`.execute(db);
  const jobs = await sql<{ stale: number; open: number }>`
    SELECT count(*) FILTER (WHERE leased_until < now() - interval '3 minutes')::int AS stale, count(*)::int AS open
    FROM jobs WHERE state IN ('accepted', 'running')`.execute(db);
  const [parts, { stale: staleJobs, open }] = [rows[0], jobs.rows[0]];
  const text = `${open} open jobs, ${parts.held} chunks held by workers, ${parts.waiting} waiting`;
  const stale = parts.stale + staleJobs;
  if (stale === 0) return [ok('leases', text)];
  const todo = 'the reconciler takes them over each minute: see that the platform runs, and its log';
  return [warn('leases', `${text}; ${stale} leases ran out and were not taken over`, todo)];
}

export async function checkQueue(queue: Queue): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const name of [jobsQueue, chunksQueue]) {
    const { ready, inFlight } = await queue.counts(name);
    const dead = await queue.counts(deadLetterQueue(name));
    const letters = dead.ready + dead.inFlight;
    const text = `${ready} ready, ${inFlight} in flight, ${letters} dead letters`;
    const todo = 'their jobs say what went wrong; "geocrop jobs retry" sends the work again';
    findings.push(letters > 0 ? warn(`queue ${name}`, text, todo) : ok(`queue ${name}`, text));
  }
  return findings;
}

/** Leases go by the database's clock, tokens and S3 by this machine's. */
export async function checkClock(db: Database): Promise<Finding[]> {
  const asked = Date.now();
  const { rows } = await sql<{
    ms: number;
  }>`SELECT (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS ms`.execute(db);
  const answered = Date.now();
  const off = Math.abs(rows[0].ms - (asked + answered) / 2) - (answered - asked) / 2;
  return [clockFinding('clock', "the database's", Math.max(0, off))];
}

export function clockFinding(name: string, whose: string, offMs: number): Finding {
  const text = `${(offMs / 1000).toFixed(1)} s from ${whose}`;
  const todo = 'set the clock (timedatectl, chrony): tokens last 10 minutes, and S3 refuses 15';
  if (offMs >= 60_000) return fail(name, text, todo);
  return offMs >= 5000 ? warn(name, text, todo) : ok(name, text);
}
