import type { PlatformSettings } from '#shared/config/platform-settings.ts';
import { openSqsServer } from '#shared/queue/sqs-client.ts';
import { ensureSqsQueue } from '#shared/queue/sqs-ensure-queue.ts';
import { chunksQueue, jobsQueue } from '#shared/queue/work-messages.ts';
import { bucketName, storeNames } from '#shared/storage/open-store.ts';
import { defaultS3Limits, openS3Client } from '#shared/storage/s3-client.ts';
import { ensureS3Bucket } from '#shared/storage/s3-ensure-bucket.ts';

/** Makes the buckets and queues of a deployment where they are not there, and asks each of them; says which. */
export async function prepareServers({ objects, sqs }: Pick<PlatformSettings, 'objects' | 'sqs'>): Promise<string[]> {
  const done: string[] = [];
  if (objects) {
    const { endpoint, bucketPrefix } = objects;
    const client = openS3Client(objects);
    for (const name of storeNames) {
      const bucket = bucketName(bucketPrefix, name);
      await ensureS3Bucket({ client, endpoint, bucket, limits: defaultS3Limits });
      done.push(`bucket ${bucket}`);
    }
    client.destroy();
  }
  if (sqs) {
    const server = openSqsServer(sqs);
    for (const name of [jobsQueue, chunksQueue]) {
      await ensureSqsQueue(server, name);
      done.push(`queue ${sqs.queuePrefix}${name}`);
    }
    server.client.destroy();
  }
  return done;
}
