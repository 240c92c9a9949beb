import { randomUUID } from 'node:crypto';
import { beforeAll, expect, test } from 'vitest';
import { eachDatabase } from '#shared/testing/databases.ts';
import { consume, type Verdict } from './consume.ts';
import { databaseQueue } from './database-queue.ts';
import { deadLetterQueue, maxReceives, type Queue } from './queue.ts';

eachDatabase((_name, open) => {
  let queue: Queue;
  beforeAll(() => {
    queue = databaseQueue(open(), { pollMs: 10 });
  });

  /** Consumes one message with these verdicts in turn, until the last of them or until it does not come again. */
  async function deliveries(name: string, verdicts: Verdict[], patienceMs = 20_000): Promise<unknown[]> {
    const stop = new AbortController();
    const bodies: unknown[] = [];
    const handle = async (body: unknown): Promise<Verdict> => {
      const verdict = verdicts[bodies.push(body) - 1];
      if (bodies.length === verdicts.length) stop.abort();
      return verdict;
    };
    const timer = setTimeout(() => stop.abort(), patienceMs);
    const onError = (error: unknown) => expect.fail(String(error));
    await consume({ queue, name, visibilitySeconds: 30, handle, onError, signal: stop.signal });
    clearTimeout(timer);
    return bodies;
  }

  const newName = () => `consume-${randomUUID()}`;
  const nothing = { ready: 0, inFlight: 0 };

  test('what was begun and is tried again too often is dead', async () => {
    const name = newName();
    await queue.send(name, ['poison']);
    const again = Array.from({ length: maxReceives + 1 }, () => ({ retryInSeconds: 0 }));
    expect(await deliveries(name, again, 1000)).toHaveLength(maxReceives);
    expect(await queue.counts(deadLetterQueue(name))).toEqual({ ready: 1, inFlight: 0 });
  });

  test('what was not begun comes back as if it were new, however often', async () => {
    const name = newName();
    await queue.send(name, [{ partKey: 'late' }]);
    const later = Array.from({ length: 3 * maxReceives }, () => ({ anewInSeconds: 0 }));
    expect(await deliveries(name, [...later, 'done'])).toEqual(
      Array.from({ length: later.length + 1 }, () => ({ partKey: 'late' })),
    );
    expect([await queue.counts(name), await queue.counts(deadLetterQueue(name))]).toEqual([nothing, nothing]);
  });

  test('it is there anew before it is gone: a queue that takes no message keeps it', async () => {
    const name = newName();
    await queue.send(name, ['kept']);
    const stop = new AbortController();
    const errors: unknown[] = [];
    const send = () => Promise.reject(new Error('no room'));
    const handle = async () => (stop.abort(), { anewInSeconds: 0 });
    const onError = (error: unknown) => void errors.push(error);
    await consume({ queue: { ...queue, send }, name, visibilitySeconds: 30, handle, onError, signal: stop.signal });
    expect(await queue.counts(name)).toEqual({ ready: 1, inFlight: 0 });
  });
});
