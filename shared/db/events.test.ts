import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { eachDatabase } from '#shared/testing/databases.ts';
import { makeUser, partKeyOf, runningJob } from '#shared/testing/job-fixtures.ts';
import { addEvent, eventsAfter } from './events.ts';

eachDatabase((_name, open) => {
  test('a reader that goes on after the last number it saw misses none of many that are written at once', async () => {
    const db = open({ maxConnections: 20 });
    const job = await runningJob(db, await makeUser(db, 'admin'), [partKeyOf()]);
    const first = (await eventsAfter(db, job.id, 0)).length;
    const writers = Array.from({ length: 60 }, (_, i) =>
      db.transaction().execute(async (trx) => {
        await addEvent(trx, job.id, 'part', { i });
        // Whoever draws a number early and commits late is the one that a reader could miss.
        await sleep((i * 7) % 20);
      }),
    );
    const seen: unknown[] = [];
    let last = 0;
    let writing = true;
    const all = Promise.all(writers).finally(() => (writing = false));
    for (let final = false; !final;) {
      final = !writing;
      for (const event of await eventsAfter(db, job.id, last)) {
        seen.push(event.seq);
        last = event.seq;
      }
      await sleep(1);
    }
    await all;
    expect(seen).toHaveLength(first + 60);
  });
});
