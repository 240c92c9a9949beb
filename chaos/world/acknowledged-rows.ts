import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';

/** Looks for everything that was acknowledged, and notes what is not there. */
export async function lookFor(url: string, acknowledged: ReadonlySet<number>, lost: Set<number>): Promise<void> {
  const client = new pg.Client(url);
  await client.connect();
  await client.query('CREATE TABLE IF NOT EXISTS kept (n integer PRIMARY KEY)');
  const { rows } = await client.query<{ n: number }>('SELECT n FROM kept');
  await client.end();
  const there = new Set(rows.map(({ n }) => n));
  for (const n of acknowledged) if (!there.has(n)) lost.add(n);
}

/** Writes rows by themselves and in pairs until the connection breaks; notes those whose commit was acknowledged. */
export async function writeUntilItBreaks(url: string, acknowledged: Set<number>, pauseMs = 0): Promise<void> {
  const client = new pg.Client(url);
  client.on('error', () => {});
  try {
    await client.connect();
    for (;;) {
      const [first, second] = [nextNumber(), nextNumber()];
      await client.query('INSERT INTO kept VALUES ($1)', [first]);
      acknowledged.add(first);
      await client.query('BEGIN');
      await client.query('INSERT INTO kept VALUES ($1)', [second]);
      await client.query('COMMIT');
      acknowledged.add(second);
      if (pauseMs > 0) await sleep(pauseMs);
    }
  } catch {
    // It was killed.
  } finally {
    void client.end().catch(() => {});
  }
}

const numbers = { last: 0 };
const nextNumber = () => ++numbers.last;
