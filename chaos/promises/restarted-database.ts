import { setTimeout as sleep } from 'node:timers/promises';
import { join } from 'node:path';
import { openDatabase } from '#shared/db/database.ts';
import { migrate } from '#shared/db/migrate.ts';
import { startPostgres, type PostgresServer } from '../../services/postgres-server.ts';
import { freePort } from '../../services/server-process.ts';
import type { ChaosPromise } from '../promise.ts';
import { until } from '../until.ts';
import { lookFor, writeUntilItBreaks } from '../world/acknowledged-rows.ts';
import { openWorld } from '../world/open-world.ts';
import { runUnderRestarts } from '../world/run-under-restarts.ts';

const writers = 2;

/** Kills a durable PostgreSQL, or stops it in good order, under jobs and under writers of rows. */
export const restartedDatabase: ChaosPromise = {
  name: 'restarted-database',
  needs: ['PostgreSQL'],
  goal: 40,
  least: 2,
  async run(attempts, io) {
    const port = await freePort();
    // Where it was killed, what it had started may hold its memory for a moment longer.
    const start = () =>
      until('PostgreSQL', () => startPostgres(join(io.folder, 'pg'), port, 'only-on-the-loopback').catch((error: Error) => error.message), isServer); // prettier-ignore
    let server = (await start()) as PostgresServer;
    await migrateAt(server.url);
    const world = await openWorld(io, { databaseUrl: server.url });
    const acknowledged = new Set<number>();
    const lost = new Set<number>();
    let writing: Promise<unknown> = Promise.resolve();
    try {
      // It makes the table; what is acknowledged while it looks would seem to be lost.
      await lookFor(server.url, acknowledged, lost);
      writing = writeRows(server.url, acknowledged);
      const { jobs, right } = await runUnderRestarts(attempts, world, io, async (n) => {
        await (n % 4 === 3 ? server.stop() : server.kill());
        await writing;
        await sleep(2000 * io.random());
        server = (await start()) as PostgresServer;
        await lookFor(server.url, acknowledged, lost);
        writing = writeRows(server.url, acknowledged);
      });
      const rows = acknowledged.size;
      return [
        { promise: 'jobs whose database was killed or stopped and restarted, resumed where they failed with the reason, have the bytes of undisturbed ones', tried: jobs, kept: right, goal: Math.ceil(attempts / 4) }, // prettier-ignore
        { promise: 'the rows that this database acknowledged are there', tried: rows, kept: rows - lost.size, goal: attempts }, // prettier-ignore
      ];
    } finally {
      await world.close();
      await server.stop();
      await writing;
    }
  },
};

const isServer = (found: PostgresServer | string): boolean => typeof found !== 'string';

const writeRows = (url: string, acknowledged: Set<number>) =>
  Promise.all(Array.from({ length: writers }, () => writeUntilItBreaks(url, acknowledged, 2)));

async function migrateAt(url: string): Promise<void> {
  const db = openDatabase({ url });
  await migrate(db);
  await db.destroy();
}
