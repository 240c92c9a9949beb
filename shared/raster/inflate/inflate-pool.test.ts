import { execFile, execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { MessageChannel, Worker, type MessagePort } from 'node:worker_threads';
import { deflateSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { InflatePool } from './inflate-pool.ts';
import { maxInput, maxOutput } from './memory-layout.ts';

async function startPool(lent: readonly MessagePort[] = []): Promise<InflatePool> {
  const pool = new InflatePool(2, lent);
  for (let waited = 0; !pool.isReady; waited += 10) {
    if (waited > 20_000) throw new Error('the threads do not start');
    await sleep(10);
  }
  return pool;
}

let pool: InflatePool;
beforeAll(async () => void (pool = await startPool()));
afterAll(() => pool.close());

const whole = (length: number) => ({ maxLength: length, wanted: length, differences: null });
const copy = (output: Uint8Array) => Buffer.from(output.slice());

test('many streams at a time, more than there are slots', async () => {
  const all = Array.from({ length: 40 }, (_, i) =>
    Buffer.concat([randomBytes(5000 + 999 * i), Buffer.alloc(20_000, i)]),
  );
  // Each begins at another place among the words of memory.
  const streams = all.map((bytes, i) => Buffer.concat([Buffer.alloc(i), deflateSync(bytes)]).subarray(i));
  const found = await Promise.all(all.map(({ length }, i) => pool.inflate(streams[i], whole(length), copy)));
  for (const [i, bytes] of all.entries()) expect(found[i].equals(bytes)).toBe(true);
});

test('threads that were lent decode in turns with their own work, beside one of the pool', async () => {
  const { port1, port2 } = new MessageChannel();
  const serve = new URL('serve-inflates.ts', import.meta.url).href;
  const code = `
    const { parentPort, workerData } = require('node:worker_threads');
    parentPort.on('message', (message) => parentPort.postMessage(message));
    workerData.once('message', async () => (await import('${serve}')).serveInflates(workerData, false));
  `;
  const busy = new Worker(code, { eval: true, workerData: port2, transferList: [port2] });
  const mixed = await startPool([port1]);
  const bytes = randomBytes(2 ** 22);
  const stream = deflateSync(bytes);
  const answered = once(busy, 'message').then(() => performance.now());
  const decoded = Array.from({ length: 40 }, async () => {
    const found = await mixed.inflate(stream, whole(bytes.length), copy);
    expect(found.equals(bytes)).toBe(true);
    return performance.now();
  });
  busy.postMessage('still there?');
  expect(await answered).toBeLessThan((await Promise.all(decoded)).at(-1)!);
  await busy.terminate();
  await expect(mixed.inflate(stream, whole(bytes.length), copy)).rejects.toThrow('has ended');
  await mixed.close();
});

test('differences within rows are undone, modulo the sample', async () => {
  const [width, rows] = [64, 50];
  for (const [sampleBytes, samples] of [
    [1, new Uint8Array(randomBytes(width * rows))],
    [2, new Uint16Array(new Uint8Array(randomBytes(2 * width * rows)).buffer)],
  ] as const) {
    const stored = samples.map((value, i) => (i % width === 0 ? value : value - samples[i - 1]));
    const differences = { rowBytes: width * sampleBytes, sampleBytes };
    const order = { ...whole(stored.byteLength), differences };
    const bytes = await pool.inflate(deflateSync(stored), order, copy);
    expect(bytes.equals(new Uint8Array(samples.buffer))).toBe(true);
  }
});

test('a damaged stream is refused beside good ones, and its place is free again', async () => {
  const bytes = randomBytes(40_000);
  const [good, bad] = [deflateSync(bytes), deflateSync(bytes).subarray(0, 20_000)];
  for (let round = 0; round < 20; round++) {
    const [first, second] = await Promise.allSettled([
      pool.inflate(bad, whole(40_000), copy),
      pool.inflate(good, whole(40_000), copy),
    ]);
    expect(first).toMatchObject({ status: 'rejected', reason: { message: 'its stream is truncated' } });
    expect(second.status === 'fulfilled' && second.value.equals(bytes)).toBe(true);
  }
});

test('what the use of a stream throws is told', async () => {
  const use = () => {
    throw new Error('no use for it');
  };
  await expect(pool.inflate(deflateSync(Buffer.of(1)), whole(1), use)).rejects.toThrow('no use for it');
  expect(await pool.inflate(deflateSync(Buffer.of(1)), whole(1), copy)).toEqual(Buffer.of(1));
});

test('what is too large is not for it', () => {
  expect(pool.takes(maxOutput, maxInput)).toBe(true);
  expect(pool.takes(maxOutput + 1, 10)).toBe(false);
  expect(pool.takes(10, maxInput + 1)).toBe(false);
});

test('when its threads have ended, streams in hand and later ones are rejected', async () => {
  const ended = await startPool();
  const stream = deflateSync(Buffer.alloc(2 ** 22));
  const inHand = Promise.allSettled(Array.from({ length: 20 }, () => ended.inflate(stream, whole(2 ** 22), copy)));
  await ended.close();
  expect((await inHand).filter(({ status }) => status === 'rejected').length).toBeGreaterThan(0);
  expect(ended.isReady).toBe(false);
  await expect(ended.inflate(stream, whole(2 ** 22), copy)).rejects.toThrow('has ended');
});

test('idle threads let the process end; streams in hand do not', () => {
  const script = `
import { deflateSync } from 'node:zlib';
    import { InflatePool } from '${new URL('./inflate-pool.ts', import.meta.url).href}';
    const pool = new InflatePool(1);
    while (!pool.isReady) await new Promise((go) => setTimeout(go, 5));
    const order = { maxLength: 2 ** 22, wanted: 2 ** 22, differences: null };
    pool.inflate(deflateSync(new Uint8Array(2 ** 22)), order, ({ length }) => console.log(length));
  `;
  const options = { encoding: 'utf8', timeout: 20_000 } as const;
  expect(execFileSync(process.execPath, ['--input-type=module', '-e', script], options)).toBe('4194304\n');
});

test('threads that wait for streams let the process end', async () => {
  const pool = new URL('inflate-pool.ts', import.meta.url).href;
  const started = `const { InflatePool } = await import(${JSON.stringify(pool)}); new InflatePool(2);`;
  const ready = `${started.replace('new', 'const pool = new')} while (!pool.isReady) await new Promise((go) => setTimeout(go, 5));`;
  for (const code of [started, ready])
    await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', code], { timeout: 20_000 });
});
