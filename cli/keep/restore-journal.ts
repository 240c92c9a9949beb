import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { writeFileAtomically } from '#shared/storage/directory-store.ts';
import { unstageSchema } from './database/stage-schema.ts';

const schema = z.object({
  /** Folder in the home with everything that takes its place, whole. */
  staging: z.string().regex(/^\.restore-[0-9a-f-]{36}$/),
  /** Folder in the home for what was there before. */
  replaced: z.string().regex(/^replaced-[0-9TZ]+(-\d+)?$/),
  /** Names of the files and folders that take their place. */
  entries: z.array(z.string().regex(/^[a-z0-9][a-z0-9.-]*$/)),
  /** Schema of the server's database that takes the place of the one in use; null where the database is a folder. */
  schema: z.string().nullable(),
});
/** What a restore is about to put in its place: from here on it can only be completed. */
export type RestoreJournal = z.infer<typeof schema>;

const pathIn = (home: string) => join(home, 'restoring.json');

export const isReplacing = (home: string): boolean => existsSync(pathIn(home));

export async function beginReplacing(home: string, journal: RestoreJournal): Promise<void> {
  await writeFileAtomically(pathIn(home), (file) => file.write(Buffer.from(JSON.stringify(journal))), 0o600);
}

/** Completes a restore that was cut off between the first and the last thing that it put in its place. */
export async function finishReplacing(home: string, databaseUrl: string | undefined): Promise<boolean> {
  const text = await readFile(pathIn(home), 'utf8').catch(() => null);
  if (text === null) return false;
  const journal = schema.parse(JSON.parse(text));
  if (journal.schema !== null) {
    if (!databaseUrl)
      throw new Error('a restore into a server was cut off: set DATABASE_URL, so that it can be completed');
    await unstageSchema(databaseUrl, journal.schema);
  }
  await replaceEntries(home, journal);
  await rm(join(home, journal.staging), { recursive: true, force: true });
  await rm(pathIn(home), { force: true });
  return true;
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
