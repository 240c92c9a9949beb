import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { queueLimits } from './queue-limits.ts';
import { deadLetterQueue, type Queue, type Received } from './queue.ts';

export interface QueueUnderTest {
  queue: Queue;
  /** An empty queue that exists, with its dead-letter queue; another one at each call. */
  newName: () => Promise<string>;
}

const hidden = 30;
/** Of the specification, not of the code. */
const deliveries = 5;

type Open = () => QueueUnderTest;

/** What every adapter of the queue must do; `open` is called inside the tests. */
export function queueContract(open: Open): void {
  delivery(open);
  receipts(open);
  waiting(open);
  separation(open);
  refusals(open);
}

async function oneOf(queue: Queue, name: string, visibilitySeconds = hidden, waitSeconds = 5): Promise<Received> {
  const messages = await queue.receive(name, { max: 1, visibilitySeconds, waitSeconds });
  expect(messages).toHaveLength(1);
  return messages[0];
}

const expectNone = async (queue: Queue, name: string) =>
  expect(await queue.receive(name, { max: 10, visibilitySeconds: hidden, waitSeconds: 0 })).toEqual([]);

function delivery(open: Open): void {
  test('a message arrives as it was sent, once, and is gone when it is deleted', async () => {
    const { queue, newName } = open();
    const name = await newName();
    const body = {
      partKey: 'ab12',
      list: [1, null, 'é "quoted" \\u0000', '\u0001\u0085\uffff🌾'],
      nested: { deep: true },
    };
    await queue.send(name, [body]);
    const message = await oneOf(queue, name);
    expect(message).toMatchObject({ body, receives: 1 });
    await expectNone(queue, name);
    expect(await queue.delete(name, message.receipt)).toBe(true);
    expect(await queue.counts(name)).toEqual({ ready: 0, inFlight: 0 });
  });

  test('many messages all arrive, at most ten at a time', async () => {
    const { queue, newName } = open();
    const name = await newName();
    const sent = Array.from({ length: 120 }, (_, n) => ({ n }));
    await queue.send(name, sent);
    const numbers: number[] = [];
    while (numbers.length < sent.length) {
      const messages = await queue.receive(name, { max: 10, visibilitySeconds: hidden, waitSeconds: 5 });
      expect(messages.length).toBeGreaterThan(0);
      expect(messages.length).toBeLessThanOrEqual(10);
      numbers.push(...messages.map(({ body }) => (body as { n: number }).n));
    }
    expect(numbers.sort((a, b) => a - b)).toEqual(sent.map(({ n }) => n));
  });
}

function receipts(open: Open): void {
  test('counts tell what waits and what is in hand', async () => {
    const { queue, newName } = open();
    const name = await newName();
    await queue.send(name, [1, 2, 3]);
    expect(await queue.counts(name)).toEqual({ ready: 3, inFlight: 0 });
    const message = await oneOf(queue, name);
    expect(await queue.counts(name)).toEqual({ ready: 2, inFlight: 1 });
    await queue.extend(name, message.receipt, 0);
    expect(await queue.counts(name)).toEqual({ ready: 3, inFlight: 0 });
  });

  test('a message that is not deleted in time comes back; the old receipt has then ended', async () => {
    const { queue, newName } = open();
    const name = await newName();
    await queue.send(name, ['again']);
    const first = await oneOf(queue, name, 1);
    await expectNone(queue, name);
    const second = await oneOf(queue, name);
    expect(second).toMatchObject({ body: 'again', receives: 2 });
    expect(second.receipt).not.toBe(first.receipt);
    expect(await queue.delete(name, first.receipt)).toBe(false);
    expect(await queue.extend(name, first.receipt, 60)).toBe(false);
    expect(await queue.delete(name, second.receipt)).toBe(true);
  });

  test('a message that is extended stays hidden; one that is handed back does not', async () => {
    const { queue, newName } = open();
    const name = await newName();
    await queue.send(name, ['long work']);
    const message = await oneOf(queue, name, 1);
    expect(await queue.extend(name, message.receipt, hidden)).toBe(true);
    await sleep(1300);
    await expectNone(queue, name);
    expect(await queue.extend(name, message.receipt, 0)).toBe(true);
    expect((await oneOf(queue, name)).receives).toBe(2);
  });

  test('a message is delivered five times, then it lies in the dead-letter queue for good', async () => {
    const { queue, newName } = open();
    const name = await newName();
    const dead = deadLetterQueue(name);
    await queue.send(name, ['poison', 'poison']);
    for (let n = 1; n <= deliveries; n++)
      for (let copy = 0; copy < 2; copy++) {
        const message = await oneOf(queue, name);
        expect(message.receives).toBeLessThanOrEqual(deliveries);
        await queue.extend(name, message.receipt, 0);
      }
    await expectNone(queue, name);
    expect(await queue.counts(name)).toEqual({ ready: 0, inFlight: 0 });
    expect(await queue.counts(dead)).toEqual({ ready: 2, inFlight: 0 });
    for (let n = 0; n < deliveries + 2; n++) {
      const message = await oneOf(queue, dead);
      expect(message.body).toBe('poison');
      await queue.extend(dead, message.receipt, 0);
    }
  });
}

function waiting(open: Open): void {
  test('a delayed message comes later', async () => {
    const { queue, newName } = open();
    const name = await newName();
    await queue.send(name, ['later'], { delaySeconds: 1 });
    await expectNone(queue, name);
    expect((await oneOf(queue, name)).body).toBe('later');
  });

  test('a waiting receiver gets what is sent meanwhile', async () => {
    const { queue, newName } = open();
    const name = await newName();
    const waiting = oneOf(queue, name, hidden, 10);
    await sleep(300);
    const sentAt = performance.now();
    await queue.send(name, ['news']);
    expect((await waiting).body).toBe('news');
    expect(performance.now() - sentAt).toBeLessThan(3000);
  });

  test('a waiting receiver that is told to stop ends at once, with nothing', async () => {
    const { queue, newName } = open();
    const name = await newName();
    const stop = new AbortController();
    const { signal } = stop;
    const waiting = queue.receive(name, { max: 1, visibilitySeconds: hidden, waitSeconds: 20, signal });
    await sleep(200);
    const stoppedAt = performance.now();
    stop.abort();
    expect(await waiting).toEqual([]);
    expect(performance.now() - stoppedAt).toBeLessThan(1000);
  });
}

function separation(open: Open): void {
  test('queues do not see each other', async () => {
    const { queue, newName } = open();
    const [first, second] = [await newName(), await newName()];
    await queue.send(first, ['first']);
    await expectNone(queue, second);
    const message = await oneOf(queue, first);
    expect(await queue.delete(second, message.receipt)).toBe(false);
    expect(await queue.delete(first, message.receipt)).toBe(true);
  });

  test('receivers at the same time never have the same message', async () => {
    const { queue, newName } = open();
    const name = await newName();
    const total = 200;
    await queue.send(
      name,
      Array.from({ length: total }, (_, n) => n),
    );
    const seen: unknown[] = [];
    const receive = async () => {
      for (let misses = 0; seen.length < total && misses < 20;) {
        const messages = await queue.receive(name, { max: 3, visibilitySeconds: 120, waitSeconds: 0 });
        seen.push(...messages.map(({ body }) => body));
        misses = messages.length === 0 ? misses + 1 : 0;
      }
    };
    await Promise.all(Array.from({ length: 50 }, receive));
    expect(seen).toHaveLength(total);
    expect(new Set(seen).size).toBe(total);
  }, 60_000);
}

function refusals(open: Open): void {
  test('what no adapter can carry is refused', async () => {
    const { queue, newName } = open();
    const name = await newName();
    const body = 'x'.repeat(queueLimits.bodyBytes - 2);
    await queue.send(name, [body]);
    expect((await oneOf(queue, name)).body).toBe(body);
    await expect(queue.send(name, [`${body}x`])).rejects.toThrow('larger than');
    await expect(queue.send(name, [undefined])).rejects.toThrow('JSON');
    await expect(queue.send('No Such Name!', [1])).rejects.toThrow('not the name');
    await expect(queue.send(name, [1], { delaySeconds: -1 })).rejects.toThrow('delaySeconds');
    const options = { max: 1, visibilitySeconds: hidden, waitSeconds: 0 };
    await expect(queue.receive(name, { ...options, max: 11 })).rejects.toThrow('messagesPerReceive');
    await expect(queue.receive(name, { ...options, visibilitySeconds: Number.NaN })).rejects.toThrow('visibility');
  });

  test('a receipt that never was has ended', async () => {
    const { queue, newName } = open();
    const name = await newName();
    for (const receipt of ['', 'nonsense', '1.11111111-1111-4111-8111-111111111111', "1.'; DROP TABLE messages; --"]) {
      expect(await queue.delete(name, receipt)).toBe(false);
      expect(await queue.extend(name, receipt, 1)).toBe(false);
    }
  });
}
