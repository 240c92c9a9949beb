import { sql } from 'kysely';
import type { Database } from '#shared/db/database.ts';
import { deadLetterQueue, maxReceives, type Received } from './queue.ts';

interface Row {
  id: number;
  body: unknown;
  receipt: string;
  receives: number;
}

/**
 * Takes what can be received now, in one committed statement: rows that another receiver is taking are passed over.
 * Messages that have been received too often go to the dead-letter queue first; those of a dead-letter queue stay.
 */
export async function receiveNow(
  db: Database,
  queue: string,
  max: number,
  visibilitySeconds: number,
): Promise<Received[]> {
  const most = queue.endsWith('-dlq') ? null : maxReceives;
  const { rows } = await sql<Row>`
    WITH dead AS MATERIALIZED (
      SELECT id FROM messages
      WHERE queue = ${queue} AND visible_at <= now() AND receives > 0 AND receives >= ${most}::integer
      FOR UPDATE SKIP LOCKED
    ), moved AS (
      UPDATE messages SET queue = ${deadLetterQueue(queue)}, receipt = NULL, receives = 0, visible_at = now()
      FROM dead WHERE messages.id = dead.id
    ), picked AS MATERIALIZED (
      SELECT id FROM messages
      WHERE queue = ${queue} AND visible_at <= now() AND (${most}::integer IS NULL OR receives < ${most}::integer)
      ORDER BY visible_at, id
      LIMIT ${max}
      FOR UPDATE SKIP LOCKED
    )
    UPDATE messages
    SET visible_at = now() + make_interval(secs => ${visibilitySeconds}),
        receipt = gen_random_uuid(),
        receives = receives + 1
    FROM picked WHERE messages.id = picked.id
    RETURNING messages.id, messages.body, messages.receipt, messages.receives`.execute(db);
  return rows.map(({ id, body, receipt, receives }) => ({ body, receipt: `${id}.${receipt}`, receives }));
}
