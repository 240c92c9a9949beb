import type { Database } from '#shared/db/database.ts';
import { databaseQueue } from './database-queue.ts';
import type { Queue } from './queue.ts';
import type { SqsSettings } from './sqs-client.ts';

/** The queue of a deployment: an SQS server's where one is named, else in its database. */
export async function openQueue({ sqs }: { sqs: SqsSettings | null }, db: Database): Promise<Queue> {
  if (!sqs) return databaseQueue(db);
  // The SDK is loaded where it is needed only: a function's first answer waits for what it imports.
  const [{ openSqsServer }, { sqsQueue }] = await Promise.all([import('./sqs-client.ts'), import('./sqs-queue.ts')]);
  return sqsQueue(openSqsServer(sqs));
}
