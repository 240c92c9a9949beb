import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { takePidLock } from '#shared/db/embedded/pid-lock.ts';
import { GeoCropError } from '#shared/domain/errors.ts';
import { writeFileAtomically } from '#shared/storage/directory-store.ts';
import type { KeepSettings } from './back-up.ts';
import { unstageSchema } from './database/stage-schema.ts';
import { moveObjects } from './restore-objects.ts';
import { restoreOf, stagingForm } from './restore-names.ts';

const schema = z.object({
  /** Folder in the home with everything that takes its place, whole. */
  staging: z.string().regex(stagingForm),
  /** Folder in the home for what was there before. */
  replaced: z.string().regex(/^replaced-[0-9TZ]+(-\d+)?$/),
  /** Names of the files and folders that take their place. */
  entries: z.array(z.string().regex(/^[a-z0-9][a-z0-9.-]*$/)),
  /** Schema of the server's database that takes the place of the one in use; null where the database is a folder. */
  schema: z.string().nullable(),
  /** The S3 server whose buckets hold objects that take their place; null where objects lie in folders. */
  objects: z.object({ endpoint: z.string(), bucketPrefix: z.string() }).nullable().default(null),
  /** When the archive was made. */
  created: z.string().nullable().default(null),
});
/** What a restore is about to put in its place: from here on it can only be completed. */
export type RestoreJournal = z.infer<typeof schema>;

const pathIn = (home: string) => join(home, 'restoring.json');

export const isReplacing = (home: string): boolean => existsSync(pathIn(home));

export async function beginReplacing(home: string, journal: RestoreJournal): Promise<void> {
  await writeFileAtomically(pathIn(home), (file) => file.write(Buffer.from(JSON.stringify(journal))), 0o600);
}

/** One restore at a time in a home, and nobody completes it while it runs. */
export const lockRestore = (home: string) => takePidLock(join(home, 'restore.lock'), `a restore into ${home}`);

/** Completes, before anything is opened, a restore that was cut off between the first and the last thing that it put in its place. */
export async function finishCutOff(settings: KeepSettings): Promise<boolean> {
  if (!isReplacing(settings.home)) return false;
  const lock = await lockRestore(settings.home);
  try {
    return (await finishReplacing(settings)) !== null;
  } finally {
    lock.release();
  }
}

/**
 * Puts everything in its place that the journal of a home names and that is not there yet. The caller has the lock.
 *
 * @returns what was completed; null where there was nothing
 */
export async function finishReplacing(settings: KeepSettings): Promise<RestoreJournal | null> {
  const { home, databaseUrl } = settings;
  const text = await readFile(pathIn(home), 'utf8').catch(absentAsNull);
  if (text === null) return null;
  const journal = schema.parse(JSON.parse(text));
  refuseOtherServers(journal, settings);
  if (journal.objects) await moveObjects(settings, restoreOf(journal.staging));
  if (journal.schema !== null) await unstageSchema(databaseUrl!, journal.schema);
  await replaceEntries(home, journal);
  await rm(join(home, journal.staging), { recursive: true, force: true });
  await rm(pathIn(home), { force: true });
  return journal;
}

function absentAsNull(error: NodeJS.ErrnoException): null {
  if (error.code === 'ENOENT') return null;
  throw error;
}

/** What waits on a server can be put in its place there alone. */
function refuseOtherServers(journal: RestoreJournal, { databaseUrl, objects }: KeepSettings): void {
  const wanted: string[] = [];
  if (journal.schema !== null && !databaseUrl) wanted.push('DATABASE_URL');
  const { endpoint, bucketPrefix } = journal.objects ?? {};
  if (endpoint !== undefined && (objects?.endpoint !== endpoint || objects.bucketPrefix !== bucketPrefix))
    wanted.push(`GEOCROP_OBJECTS_S3_ENDPOINT (${endpoint}) and GEOCROP_OBJECTS_BUCKET_PREFIX (${bucketPrefix})`);
  if (wanted.length === 0) return;
  const text = `a restore into servers was cut off: set ${wanted.join(' and ')} as they were then, so that it can be completed`;
  throw new GeoCropError('setup-missing', text);
}

async function replaceEntries(home: string, { staging, replaced, entries }: RestoreJournal): Promise<void> {
  await mkdir(join(home, replaced), { recursive: true, mode: 0o700 });
  for (const entry of entries) {
    const next = join(home, staging, entry);
    // Where it is no longer there, it was moved before.
    if (!existsSync(next)) continue;
    if (existsSync(join(home, entry))) await rename(join(home, entry), join(home, replaced, entry));
    await rename(next, join(home, entry));
  }
}
