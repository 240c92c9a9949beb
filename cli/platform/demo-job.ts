import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { findJob } from '#shared/db/job-row.ts';
import { GeoCropError } from '#shared/domain/errors.ts';
import { writeFileAtomically } from '#shared/storage/directory-store.ts';
import type { JobInfo } from '../client/watch-job.ts';
import { watchJob } from '../client/watch-job.ts';
import { ApiClient, logIn } from '../client/api-client.ts';
import { readAdmin } from '../client/admin-password.ts';
import { showEvent } from '../commands/jobs.ts';
import { parseJson } from '../client/session.ts';
import type { Progress } from '../progress.ts';
import { shareDemo } from './share-demo.ts';
import type { Platform } from './open-platform.ts';

const inputs = {
  aoi: { lon: 4.063, lat: 50.746, radius_m: 300 },
  year: 2019,
  season: 'northern-summer',
  model: 'temperate',
  source: 'demo',
};

const recordSchema = z.object({ jobId: z.uuid() });
const recordPath = (home: string) => join(home, 'demo-job.json');

/** The demo's job of an earlier start; null where there was none. */
export async function knownDemoJob(home: string): Promise<string | null> {
  const text = await readFile(recordPath(home), 'utf8').catch(() => null);
  const parsed = recordSchema.safeParse(text === null ? null : parseJson(text));
  return parsed.success ? parsed.data.jobId : null;
}

/**
 * Sends the demo down the way of every job: log in, submit over HTTP, follow its events. Its key makes a second start
 * the same job. Null where nobody can log in: the admin's password has been changed and is nobody's business here.
 */
export async function runDemoJob(
  platform: Platform,
  home: string,
  progress: Progress,
  signal: AbortSignal,
): Promise<JobInfo | null> {
  const admin = await readAdmin(home);
  if (admin === null) return null;
  try {
    await logIn(home, platform.localUrl, admin.name, admin.password);
  } catch (error) {
    if (error instanceof GeoCropError && error.code === 'unauthenticated') return null;
    throw error;
  }
  const client = await ApiClient.open(home, signal);
  const job = await submitDemo(client);
  if (job.status === 'failed' || job.status === 'dismissed')
    await client.json(`/jobs/${job.jobID}/retry`, { method: 'POST' });
  await writeFileAtomically(recordPath(home), (file) => file.write(Buffer.from(JSON.stringify({ jobId: job.jobID }))));
  const row = await findJob(platform.db, job.jobID, null);
  if (row) await shareDemo(platform.db, home, row);
  return watchJob(client, job.jobID, (event) => showEvent(progress, event.event, JSON.parse(event.data)), signal);
}

/** The same key is the same job at every start; one that was deleted makes room for a new one. */
async function submitDemo(client: ApiClient): Promise<JobInfo> {
  const send = (key: string) =>
    client.post<JobInfo>('/processes/crop-map/execution', { inputs }, { 'idempotency-key': key });
  return send('the-demo').catch((error) => {
    if (error instanceof GeoCropError && error.code === 'conflict') return send(`the-demo-${randomUUID()}`);
    throw error;
  });
}
