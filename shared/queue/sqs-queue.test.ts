import { setTimeout as sleep } from 'node:timers/promises';
import { randomUUID } from 'node:crypto';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { expect, test } from 'vitest';
import { onSqsServer } from '#shared/testing/services/sqs-server.ts';
import { queueContract } from './queue-contract.ts';
import { deadLetterQueue } from './queue.ts';
import { openSqsServer } from './sqs-client.ts';
import { ensureSqsQueue } from './sqs-ensure-queue.ts';
import { sqsQueue } from './sqs-queue.ts';
import { batchesOf, withoutNonCharacters } from './sqs-send.ts';

const now = { max: 10, visibilitySeconds: 30, waitSeconds: 0 };

onSqsServer((lent) => {
  queueContract(() => ({ queue: sqsQueue(lent.sqs()), newName: lent.newQueue }));

  test('a receiver that was told to stop swallows nothing of what is sent later', async () => {
    const queue = sqsQueue(lent.sqs());
    const name = await lent.newQueue();
    const stop = new AbortController();
    const waiting = queue.receive(name, { max: 1, visibilitySeconds: 60, waitSeconds: 20, signal: stop.signal });
    await sleep(300);
    stop.abort();
    expect(await waiting).toEqual([]);
    await queue.send(name, ['for somebody else']);
    const [message] = await queue.receive(name, { max: 1, visibilitySeconds: 30, waitSeconds: 5 });
    expect(message?.body).toBe('for somebody else');
  });

  test('what was sent survives a kill -9 of the server', { timeout: 60_000 }, async () => {
    const queue = sqsQueue(lent.sqs());
    const name = await lent.newQueue();
    await queue.send(
      name,
      Array.from({ length: 25 }, (_, n) => n),
    );
    await lent.killAndRestart();
    const bodies: unknown[] = [];
    for (let misses = 0; bodies.length < 25 && misses < 3;) {
      const messages = await queue.receive(name, { ...now, waitSeconds: 1 });
      misses = messages.length === 0 ? misses + 1 : 0;
      bodies.push(...messages.map(({ body }) => body));
    }
    expect(bodies.sort((a, b) => Number(a) - Number(b))).toEqual(Array.from({ length: 25 }, (_, n) => n));
  });

  test('many large messages go in several requests, each of which the server takes', async () => {
    const queue = sqsQueue(lent.sqs());
    const name = await lent.newQueue();
    await queue.send(
      name,
      Array.from({ length: 9 }, () => 'x'.repeat(256 * 1024 - 2)),
    );
    expect(await queue.counts(name)).toEqual({ ready: 9, inFlight: 0 });
  });

  test('a queue is made once, and keeps what it has', async () => {
    const queue = sqsQueue(lent.sqs());
    const name = await lent.newQueue();
    await queue.send(name, ['kept']);
    await ensureSqsQueue(lent.sqs(), name);
    expect(await queue.counts(name)).toEqual({ ready: 1, inFlight: 0 });
    expect(await queue.counts(deadLetterQueue(name))).toEqual({ ready: 0, inFlight: 0 });
  });

  test('a queue that is not there is named; once it is made it works', async () => {
    const queue = sqsQueue(lent.sqs());
    const name = `later-${randomUUID()}`;
    await expect(queue.send(name, [1])).rejects.toMatchObject({
      code: 'setup-missing',
      message: expect.stringContaining(`there is no queue ${name} at ${lent.sqs().endpoint}`),
    });
    await ensureSqsQueue(lent.sqs(), name);
    await queue.send(name, [1]);
    expect(await queue.receive(name, now)).toMatchObject([{ body: 1 }]);
  });

  test('what somebody else has sent arrives as text, and is not in the way', async () => {
    const { client } = lent.sqs();
    const name = await lent.newQueue();
    const url = `${lent.sqs().endpoint}/000000000000/${name}`;
    await client.send(new SendMessageCommand({ QueueUrl: url, MessageBody: 'not JSON' }));
    expect(await sqsQueue(lent.sqs()).receive(name, now)).toMatchObject([{ body: 'not JSON', receives: 1 }]);
  });

  test('a prefix keeps deployments of one server apart', async () => {
    const { settings } = lent.process();
    const servers = ['one-', 'two_'].map((queuePrefix) => openSqsServer({ ...settings, queuePrefix }));
    const name = `shared-${randomUUID()}`;
    for (const server of servers) await ensureSqsQueue(server, name);
    const [first, second] = servers.map(sqsQueue);
    await first.send(name, ['first']);
    expect(await second.receive(name, now)).toEqual([]);
    expect(await first.receive(name, now)).toMatchObject([{ body: 'first' }]);
  });
});

test('a server that is not there is unavailable, and says where it should be', { timeout: 20_000 }, async () => {
  const credentials = { accessKeyId: 'x', secretAccessKey: 'the secret' };
  const server = openSqsServer({ endpoint: 'http://127.0.0.1:9', region: 'us-east-1', credentials, queuePrefix: '' });
  const asked = sqsQueue(server).counts('chunks');
  await expect(asked).rejects.toMatchObject({ code: 'unavailable', message: expect.stringContaining('127.0.0.1:9') });
  await expect(asked).rejects.not.toThrow('the secret');
});

test('batches hold ten messages and a million bytes at most, in order', () => {
  const sizes = (bodies: string[]) => batchesOf(bodies).map((batch) => batch.map((body) => Buffer.byteLength(body)));
  expect(sizes(Array.from({ length: 23 }, () => 'ab'))).toEqual([10, 10, 3].map((n) => Array(n).fill(2)));
  const large = 'é'.repeat(131_072);
  expect(sizes([large, large, large, large, 'a'])).toEqual([
    [262_144, 262_144, 262_144],
    [262_144, 1],
  ]);
  expect(batchesOf([])).toEqual([]);
});

test('what SQS does not take as a character is escaped, and is the same JSON', () => {
  const json = JSON.stringify({ text: 'a\uffffb\ufffe\ud83c\udf3e' });
  const escaped = withoutNonCharacters(json);
  expect(escaped).not.toMatch(/[\ufffe\uffff]/);
  expect(JSON.parse(escaped)).toEqual(JSON.parse(json));
});
