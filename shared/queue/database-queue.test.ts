import { randomUUID } from 'node:crypto';
import { beforeAll, expect, test } from 'vitest';
import type { Database } from '#shared/db/database.ts';
import { eachDatabase } from '#shared/testing/databases.ts';
import { databaseQueue } from './database-queue.ts';
import { queueContract } from './queue-contract.ts';

const newName = () => Promise.resolve(`test-${randomUUID()}`);

eachDatabase((_name, open) => {
  let db: Database;
  beforeAll(() => {
    db = open({ maxConnections: 55 });
  });
  queueContract(() => ({ queue: databaseQueue(db, { pollMs: 50 }), newName }));

  test('over a transaction, what is sent appears with it or not at all', async () => {
    const name = await newName();
    const queue = databaseQueue(db);
    const failing = db.transaction().execute(async (trx) => {
      await databaseQueue(trx).send(name, ['lost']);
      throw new Error('changed my mind');
    });
    await expect(failing).rejects.toThrow('changed my mind');
    expect(await queue.counts(name)).toEqual({ ready: 0, inFlight: 0 });
    await db.transaction().execute((trx) => databaseQueue(trx).send(name, ['kept']));
    expect(await queue.counts(name)).toEqual({ ready: 1, inFlight: 0 });
  });
});
