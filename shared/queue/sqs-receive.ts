import { ChangeMessageVisibilityCommand, ReceiveMessageCommand, type Message } from '@aws-sdk/client-sqs';
import type { Received } from './queue.ts';
import type { SqsServer } from './sqs-client.ts';

/**
 * Seconds of one poll. A server may give a message to a poll whose receiver is gone, and it then lies hidden until its
 * time is up: so polls are short, and one that is no longer wanted is seen to its end.
 */
const pollSeconds = 2;

export interface Reception {
  max: number;
  /** Whole seconds. */
  visibilitySeconds: number;
  waitSeconds: number;
  signal?: AbortSignal | undefined;
}

/** Polls until there is a message, the time is over or the signal fires. */
export async function receiveMessages(server: SqsServer, url: string, reception: Reception): Promise<Received[]> {
  const { waitSeconds, signal } = reception;
  const deadline = performance.now() + waitSeconds * 1000;
  for (;;) {
    if (signal?.aborted) return [];
    const left = Math.max(0, deadline - performance.now());
    const poll = pollOnce(server, url, reception, Math.min(pollSeconds, Math.ceil(left / 1000)));
    const messages = await unlessAborted(poll, signal);
    if (messages === null) {
      void handBack(server, url, poll);
      return [];
    }
    if (messages.length > 0 || performance.now() >= deadline) return messages.map(received);
  }
}

async function pollOnce(
  { client }: SqsServer,
  url: string,
  { max, visibilitySeconds }: Reception,
  waitSeconds: number,
): Promise<Message[]> {
  const { Messages = [] } = await client.send(
    new ReceiveMessageCommand({
      QueueUrl: url,
      MaxNumberOfMessages: max,
      VisibilityTimeout: visibilitySeconds,
      WaitTimeSeconds: waitSeconds,
      MessageSystemAttributeNames: ['ApproximateReceiveCount'],
    }),
  );
  return Messages;
}

/** Null where the signal was first. */
async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T | null> {
  if (!signal) return work;
  const { promise, resolve } = Promise.withResolvers<null>();
  const stop = () => resolve(null);
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/** Nobody waits for these any more; what cannot be handed back comes back by itself. */
async function handBack({ client }: SqsServer, url: string, poll: Promise<Message[]>): Promise<void> {
  const messages = await poll.catch(() => []);
  const back = messages.map(({ ReceiptHandle }) =>
    client.send(new ChangeMessageVisibilityCommand({ QueueUrl: url, ReceiptHandle, VisibilityTimeout: 0 })),
  );
  await Promise.allSettled(back);
}

function received({ Body, ReceiptHandle, Attributes }: Message): Received {
  const receives = Number(Attributes?.ApproximateReceiveCount);
  if (!ReceiptHandle || !Number.isInteger(receives))
    throw new Error('the queue server gave a message without its receipt');
  return { body: parsed(Body ?? ''), receipt: ReceiptHandle, receives };
}

/** What somebody else has sent need not be JSON; as text it is refused by who knows what should be there. */
function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return body;
  }
}
