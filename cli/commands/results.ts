import { join } from 'node:path';
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { GeoCropError } from '#shared/domain/errors.ts';
import { writeFileAtomically } from '#shared/storage/directory-store.ts';
import { ApiClient } from '../client/api-client.ts';
import type { JobInfo } from '../client/watch-job.ts';
import type { CliContext } from '../context.ts';
import { finishOutFolder, openOutFolder, workIn } from '../out-folder.ts';

/** A server's names become files here: plain ones only. */
const filesSchema = z.array(
  z.object({ name: z.string().regex(/^[a-z0-9][a-z0-9._-]{0,99}$/), sha256: z.string().optional() }),
);

/** Fetches the files of a finished job, each checked against the hash that the job states. */
export async function getResults(
  id: string,
  options: { out: string; force?: boolean | undefined },
  context: CliContext,
): Promise<void> {
  const client = await ApiClient.open(context.settings.home, context.signal);
  const job = await client.json<JobInfo>(`/status/${id}`);
  if (job.status !== 'successful') throw new GeoCropError('conflict', `job ${id} has no results: it is ${job.status}`);
  const files = filesSchema.parse(job.summary?.files ?? []);
  const folder = await openOutFolder(options.out, options.force ?? false);
  await workIn(folder, async () => {
    for (const { name, sha256 } of files) await fetchFile(client, id, name, sha256, join(folder.staging, name));
    await finishOutFolder(folder);
  });
  context.print([...files.map(({ name }) => join(folder.final, name))].join('\n'), { folder: folder.final, files });
}

async function fetchFile(
  client: ApiClient,
  id: string,
  name: string,
  sha256: string | undefined,
  path: string,
): Promise<void> {
  const { body } = await client.request(`/status/${id}/results/${name}`);
  const hash = createHash('sha256');
  await writeFileAtomically(path, async (file) => {
    for await (const piece of body!) {
      hash.update(piece);
      await file.write(piece);
    }
    if (sha256 && hash.digest('hex') !== sha256)
      throw new GeoCropError('source-unavailable', `${name} came damaged; run the same command again`);
  });
}
