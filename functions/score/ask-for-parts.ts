import type { Queue } from '#shared/queue/queue.ts';
import { chunksQueue } from '#shared/queue/work-messages.ts';

/** Messages that are made at once. */
const messagesAtOnce = 1000;

/** Sends workers a message for each part that is to be computed. */
export async function askForParts(keys: readonly string[], queue: Queue): Promise<void> {
  for (let at = 0; at < keys.length; at += messagesAtOnce) {
    const some = keys.slice(at, at + messagesAtOnce);
    await queue.send(
      chunksQueue,
      some.map((partKey) => ({ partKey })),
    );
  }
}
