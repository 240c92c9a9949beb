import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
} from '@aws-sdk/client-sqs';
import type { Queue, QueueCounts } from './queue.ts';
import { checkQueueName, checkWithin, encodeBody } from './queue-limits.ts';
import { isNoSuchQueue, sqsFailure, sqsProblem, type SqsServer } from './sqs-client.ts';
import { receiveMessages } from './sqs-receive.ts';
import { batchesOf, sendBatch, withoutNonCharacters } from './sqs-send.ts';

/**
 * Queues of an SQS server. The dead-letter queue and its number of receives are the server's redrive policy
 * (`ensureSqsQueue`). Times are rounded up to whole seconds.
 */
export function sqsQueue(server: SqsServer): Queue {
  const at = resolver(server);
  return {
    async send(queue, bodies, { delaySeconds = 0 } = {}) {
      checkQueueName(queue);
      checkWithin('delaySeconds', delaySeconds);
      const encoded = bodies.map((body) => withoutNonCharacters(encodeBody(body)));
      for (const batch of batchesOf(encoded))
        await at(queue, (url) => sendBatch(server, url, batch, Math.ceil(delaySeconds)));
    },
    async receive(queue, { max, visibilitySeconds, waitSeconds, signal }) {
      checkQueueName(queue);
      checkWithin('messagesPerReceive', max, 1);
      checkWithin('visibilitySeconds', visibilitySeconds);
      checkWithin('waitSeconds', waitSeconds);
      const reception = { max, visibilitySeconds: Math.ceil(visibilitySeconds), waitSeconds, signal };
      return at(queue, (url) => receiveMessages(server, url, reception));
    },
    async extend(queue, receipt, visibilitySeconds) {
      checkQueueName(queue);
      checkWithin('visibilitySeconds', visibilitySeconds);
      const VisibilityTimeout = Math.ceil(visibilitySeconds);
      return at(queue, (QueueUrl) => {
        const change = new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle: receipt, VisibilityTimeout });
        return unlessEnded(receipt, () => server.client.send(change));
      });
    },
    /** Amazon's own server takes the deletion by an old receipt without a word: there it may be true. */
    async delete(queue, receipt) {
      checkQueueName(queue);
      return at(queue, (QueueUrl) => {
        const remove = new DeleteMessageCommand({ QueueUrl, ReceiptHandle: receipt });
        return unlessEnded(receipt, () => server.client.send(remove));
      });
    },
    async counts(queue) {
      checkQueueName(queue);
      return at(queue, (url) => counts(server, url));
    },
  };
}

type AtQueue = <T>(queue: string, work: (url: string) => Promise<T>) => Promise<T>;

/** Asks for the address of a queue once, and again after it was gone. */
function resolver(server: SqsServer): AtQueue {
  const urls = new Map<string, Promise<string>>();
  return async (queue, work) => {
    const name = server.queuePrefix + queue;
    let url = urls.get(name);
    if (!url) urls.set(name, (url = urlOf(server, name)));
    try {
      return await work(await url);
    } catch (error) {
      if (isNoSuchQueue(error) || (await url.catch(() => null)) === null) urls.delete(name);
      throw sqsProblem(server, name, error);
    }
  };
}

async function urlOf({ client, endpoint }: SqsServer, name: string): Promise<string> {
  const { QueueUrl } = await client.send(new GetQueueUrlCommand({ QueueName: name }));
  if (QueueUrl) return QueueUrl;
  throw new Error(`the queue server at ${endpoint} gives no address for ${name}`);
}

const ended = new Set(['ReceiptHandleIsInvalid', 'InvalidParameterValue', 'MessageNotInflight', 'InvalidIdFormat']);

async function unlessEnded(receipt: string, work: () => Promise<unknown>): Promise<boolean> {
  if (receipt === '') return false;
  try {
    await work();
    return true;
  } catch (error) {
    if (ended.has(sqsFailure(error).name)) return false;
    throw error;
  }
}

async function counts({ client }: SqsServer, url: string): Promise<QueueCounts> {
  const { Attributes = {} } = await client.send(
    new GetQueueAttributesCommand({
      QueueUrl: url,
      AttributeNames: ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'],
    }),
  );
  return {
    ready: Number(Attributes.ApproximateNumberOfMessages),
    inFlight: Number(Attributes.ApproximateNumberOfMessagesNotVisible),
  };
}
