import { setTimeout as sleep } from 'node:timers/promises';
import { SendMessageBatchCommand, type SendMessageBatchRequestEntry } from '@aws-sdk/client-sqs';
import type { SqsServer } from './sqs-client.ts';

const batchMessages = 10;
/** SQS takes 1 MiB a request, and counts more than the bodies. */
const batchBytes = 1_000_000;
const tries = 4;
const pauseMs = 250;

/** SQS takes the characters of XML only; in JSON the two others of a body can be written as escapes. */
export const withoutNonCharacters = (json: string): string =>
  json.replace(/[\ufffe\uffff]/g, (character) => `\\u${character.charCodeAt(0).toString(16)}`);

/** Cuts bodies into batches that one request can carry; each body alone is small enough. */
export function batchesOf(bodies: readonly string[]): string[][] {
  const batches: string[][] = [];
  let size = 0;
  for (const body of bodies) {
    const bytes = Buffer.byteLength(body);
    const last = batches.at(-1);
    if (last && last.length < batchMessages && size + bytes <= batchBytes) {
      last.push(body);
      size += bytes;
    } else {
      batches.push([body]);
      size = bytes;
    }
  }
  return batches;
}

/** Sends one batch; what the server could not take of it is sent again, as long as that may help. */
export async function sendBatch(
  { client, endpoint }: SqsServer,
  url: string,
  bodies: readonly string[],
  delaySeconds: number,
): Promise<void> {
  let open: SendMessageBatchRequestEntry[] = bodies.map((MessageBody, n) => ({
    Id: String(n),
    MessageBody,
    ...(delaySeconds > 0 ? { DelaySeconds: delaySeconds } : {}),
  }));
  for (let n = 1; ; n++) {
    const { Failed = [] } = await client.send(new SendMessageBatchCommand({ QueueUrl: url, Entries: open }));
    if (Failed.length === 0) return;
    if (n === tries || Failed.some(({ SenderFault }) => SenderFault)) {
      const { Code, Message } = Failed[0];
      throw new Error(
        `the queue server at ${endpoint} does not take ${Failed.length} messages: ${Code} ${Message ?? ''}`,
      );
    }
    open = open.filter(({ Id }) => Failed.some((failed) => failed.Id === Id));
    await sleep(pauseMs * 2 ** (n - 1));
  }
}
