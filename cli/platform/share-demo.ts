import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Database } from '#shared/db/database.ts';
import { createShare, jobOfShare } from '#shared/db/shares.ts';
import { writeFileAtomically } from '#shared/storage/directory-store.ts';
import { parseJson } from '../client/session.ts';

const days = 365;
const recordSchema = z.object({ job: z.uuid(), share: z.string() });

/**
 * Lets everybody who opens the page look at the demo's job: a share of it, left in the home for the function that serves
 * the page. The one of an earlier start stays as long as it opens the job.
 */
export async function shareDemo(db: Database, home: string, { id, owner }: { id: string; owner: string }) {
  const path = join(home, 'demo.json');
  const known = recordSchema.safeParse(parseJson(await readFile(path, 'utf8').catch(() => 'null')));
  if (known.success && (await jobOfShare(db, known.data.share)) === id) return;
  const { key } = await createShare(db, { jobId: id, createdBy: owner, days });
  await writeFileAtomically(path, (file) => file.write(Buffer.from(JSON.stringify({ job: id, share: key }))));
}
