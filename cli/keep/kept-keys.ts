import { sql } from 'kysely';
import type { Database } from '#shared/db/database.ts';
import { checkKey } from '#shared/storage/object-store.ts';

/** What the rows of a snapshot say of the objects: which of them somebody can still ask for. */
export interface KeptRows {
  /** Jobs whose files are there: neither deleted nor expired. */
  jobs: Set<string>;
  /** Parts whose tasks such a job refers to. */
  tasks: Set<string>;
  /** Parts that are finished. */
  parts: Set<string>;
}

/** Reads them in the form of any version: a column that an older one lacks is null. Parts where they are wanted alone. */
export async function keptRows(db: Database, withParts: boolean): Promise<KeptRows> {
  const isKept = sql`jobs.deleted_at IS NULL AND to_jsonb(jobs) ->> 'expired_at' IS NULL`;
  const jobs = await sql<{ key: string }>`SELECT id AS key FROM jobs WHERE ${isKept}`.execute(db);
  const tasks = await sql<{ key: string }>`
    SELECT DISTINCT part_key AS key FROM job_parts JOIN jobs ON jobs.id = job_parts.job_id WHERE ${isKept}`.execute(db);
  const parts = await sql<{ key: string }>`SELECT key FROM parts WHERE state = 'done' AND ${withParts}`.execute(db);
  const keys = ({ rows }: { rows: { key: string }[] }) => new Set(rows.map(({ key }) => key));
  return { jobs: keys(jobs), tasks: keys(tasks), parts: keys(parts) };
}

/** Whether an object of the store of results belongs into a backup. */
export function isKept(key: string, { jobs, tasks, parts }: KeptRows, withParts: boolean): boolean {
  const [folder, name = ''] = key.split('/');
  const bare = name.replace(/\.(json|tif)$/, '');
  if (folder === 'results' || folder === 'jobs') return jobs.has(name);
  if (folder === 'tasks') return tasks.has(bare);
  return folder === 'parts' && withParts && parts.has(bare);
}

/** A file that somebody has laid into a folder of the home by hand may have a name that no object has. */
export function isObjectKey(key: string): boolean {
  try {
    return checkKey(key) === key;
  } catch {
    return false;
  }
}
