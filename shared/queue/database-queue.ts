import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import type { Database } from '#shared/db/database.ts';
import { exactlyOne } from '#shared/db/exactly-one.ts';
import { receiveNow } from './receive-now.ts';
import { maxReceives, type Queue, type QueueCounts } from './queue.ts';
import { checkQueueName, checkWithin, encodeBody } from './queue-limits.ts';

export interface DatabaseQueueOptions {
  /** How often a waiting receiver looks. */
  pollMs?: number | undefined;
}

/** Few enough that a batch of the largest bodies is a small statement. */
const sendBatch = 50;
const receiptForm = /^(\d{1,15})\.([0-9a-f-]{36})$/;

/**
 * The queue of a deployment without SQS, in the table `messages`. Over a transaction, what is sent appears with the
 * transaction. Several processes may send and receive; no lock is held while a message is worked on.
 */
export function databaseQueue(db: Database, { pollMs = 250 }: DatabaseQueueOptions = {}): Queue {
  return {
    send: (queue, bodies, options = {}) => send(db, queue, bodies, options.delaySeconds ?? 0),
    async receive(queue, { max, visibilitySeconds, waitSeconds, signal }) {
      checkQueueName(queue);
      checkWithin('messagesPerReceive', max, 1);
      checkWithin('visibilitySeconds', visibilitySeconds);
      checkWithin('waitSeconds', waitSeconds);
      const deadline = performance.now() + waitSeconds * 1000;
      for (;;) {
        if (signal?.aborted) return [];
        const messages = await receiveNow(db, queue, max, visibilitySeconds);
        const left = deadline - performance.now();
        if (messages.length > 0 || left <= 0) return messages;
        await sleep(Math.min(pollMs, left), undefined, { signal }).catch(whenNotAborted(signal));
      }
    },
    async extend(queue, receipt, visibilitySeconds) {
      checkWithin('visibilitySeconds', visibilitySeconds);
      return extend(db, queue, receipt, visibilitySeconds);
    },
    delete: (queue, receipt) => remove(db, queue, receipt),
    counts: (queue) => counts(db, queue),
  };
}

const whenNotAborted = (signal: AbortSignal | undefined) => (error: unknown) => {
  if (!signal?.aborted) throw error;
};

async function send(db: Database, queue: string, bodies: readonly unknown[], delaySeconds: number): Promise<void> {
  checkQueueName(queue);
  checkWithin('delaySeconds', delaySeconds);
  const rows = bodies.map((body) => ({
    queue,
    body: encodeBody(body),
    visible_at: sql<Date>`now() + make_interval(secs => ${delaySeconds})`,
  }));
  for (let at = 0; at < rows.length; at += sendBatch)
    await db
      .insertInto('messages')
      .values(rows.slice(at, at + sendBatch))
      .execute();
}

/** Null where it cannot be a receipt of this queue's. */
function partsOf(receipt: string): { id: number; receipt: string } | null {
  const found = receiptForm.exec(receipt);
  return found ? { id: Number(found[1]), receipt: found[2] } : null;
}

async function extend(db: Database, queue: string, receipt: string, seconds: number): Promise<boolean> {
  const own = partsOf(receipt);
  if (!own) return false;
  const done = await db
    .updateTable('messages')
    .set({ visible_at: sql<Date>`now() + make_interval(secs => ${seconds})` })
    .where('id', '=', own.id)
    .where('queue', '=', queue)
    .where('receipt', '=', own.receipt)
    .executeTakeFirst();
  return done.numUpdatedRows === 1n;
}

async function remove(db: Database, queue: string, receipt: string): Promise<boolean> {
  const own = partsOf(receipt);
  if (!own) return false;
  const done = await db
    .deleteFrom('messages')
    .where('id', '=', own.id)
    .where('queue', '=', queue)
    .where('receipt', '=', own.receipt)
    .executeTakeFirst();
  return done.numDeletedRows === 1n;
}

/**
 * A message that was received too often and is not in anybody's hands counts for the dead-letter queue, where the next
 * receiver will have put it; a delayed one counts for neither.
 */
async function counts(db: Database, queue: string): Promise<QueueCounts> {
  checkQueueName(queue);
  const source = /^(.+)-dlq$/.exec(queue)?.[1] ?? '';
  const isDead = source !== '';
  return exactlyOne(
    db,
    sql<QueueCounts>`
      SELECT
        count(*) FILTER (WHERE visible_at <= now()
          AND (queue <> ${queue} OR ${isDead} OR receives < ${maxReceives})) AS "ready",
        count(*) FILTER (WHERE visible_at > now() AND receipt IS NOT NULL AND queue = ${queue}) AS "inFlight"
      FROM messages
      WHERE queue = ${queue}
        OR (queue = ${source} AND receives >= ${maxReceives} AND visible_at <= now())`,
  );
}
