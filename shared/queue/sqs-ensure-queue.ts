import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  SetQueueAttributesCommand,
  type QueueAttributeName,
} from '@aws-sdk/client-sqs';
import { deadLetterQueue, maxReceives } from './queue.ts';
import { checkQueueName } from './queue-limits.ts';
import { isNoSuchQueue, sqsProblem, type SqsServer } from './sqs-client.ts';

/** Makes a queue with its dead-letter queue where they are not there, and sets how often a message is received. */
export async function ensureSqsQueue(server: SqsServer, queue: string): Promise<void> {
  checkQueueName(queue);
  const name = server.queuePrefix + queue;
  try {
    const dead = await ensure(server, deadLetterQueue(name));
    const url = await ensure(server, name);
    const { QueueArn } = await attributes(server, dead, ['QueueArn']);
    const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: QueueArn, maxReceiveCount: maxReceives });
    const known = (await attributes(server, url, ['RedrivePolicy'])).RedrivePolicy;
    if (known && isSame(known, RedrivePolicy)) return;
    await server.client.send(new SetQueueAttributesCommand({ QueueUrl: url, Attributes: { RedrivePolicy } }));
  } catch (error) {
    throw sqsProblem(server, name, error);
  }
}

/** Some servers write the number as text. */
function isSame(known: string, wanted: string): boolean {
  const [a, b] = [known, wanted].map((policy) => JSON.parse(policy) as Record<string, unknown>);
  return a.deadLetterTargetArn === b.deadLetterTargetArn && Number(a.maxReceiveCount) === Number(b.maxReceiveCount);
}

async function ensure({ client }: SqsServer, name: string): Promise<string> {
  const found = await client.send(new GetQueueUrlCommand({ QueueName: name })).catch((error: unknown): null => {
    if (isNoSuchQueue(error)) return null;
    throw error;
  });
  const { QueueUrl } = found ?? (await client.send(new CreateQueueCommand({ QueueName: name })));
  if (QueueUrl) return QueueUrl;
  throw new Error(`no address for the queue ${name}`);
}

async function attributes({ client }: SqsServer, url: string, names: QueueAttributeName[]) {
  const { Attributes = {} } = await client.send(
    new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: names }),
  );
  return Attributes;
}
