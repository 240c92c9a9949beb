import type { RawBuilder } from 'kysely';
import type { Database } from './database.ts';

/**
 * The row of a query that always has one, such as a call of a function. An embedded database that lost a row without a
 * word must not look like an answer.
 *
 * @throws where there is no row, or more than one
 */
export async function exactlyOne<Row>(db: Database, query: RawBuilder<Row>): Promise<Row> {
  const { rows } = await query.execute(db);
  if (rows.length !== 1) throw new Error(`expected one row, not ${rows.length}, of: ${query.compile(db).sql}`);
  return rows[0];
}
