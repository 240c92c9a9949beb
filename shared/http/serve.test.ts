import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { createServer, type AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from 'vitest';
import { createLogger } from './logger.ts';
import { serve } from './serve.ts';

const script = fileURLToPath(new URL('../testing/fixtures/http/slow-server.ts', import.meta.url));

interface Running {
  child: ChildProcess;
  url: string;
  messages: string[];
  exited: Promise<number | null>;
}

const children: ChildProcess[] = [];
afterEach(() => children.splice(0).forEach((child) => child.kill('SIGKILL')));

/** Starts the server of the fixture in a process of its own, and waits until it listens. */
async function start(drainMs: number, deadlineMs: number): Promise<Running> {
  const child = fork(script, [String(drainMs), String(deadlineMs)], { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
  children.push(child);
  const exited = once(child, 'exit').then(([code]) => code as number | null);
  const messages: string[] = [];
  const lines = createInterface({ input: child.stdout! });
  const port = await new Promise<number>((resolve) =>
    lines.on('line', (line) => {
      const entry = JSON.parse(line) as { message: string; port?: number };
      messages.push(entry.message);
      if (entry.message === 'Server:Listen') resolve(entry.port!);
    }),
  );
  return { child, url: `http://127.0.0.1:${port}`, messages, exited };
}

const seconds = (since: number): number => (performance.now() - since) / 1000;

describe('a stopping server', () => {
  test('says that it is not ready, serves on, ends streams, finishes what runs, closes the database last', async () => {
    const { child, url, messages, exited } = await start(1500, 15_000);
    const stream = await fetch(`${url}/events`);
    const slow = fetch(`${url}/slow`).then((reply) => reply.text());
    expect((await fetch(`${url}/health/readiness`)).status).toBe(200);
    child.kill('SIGTERM');
    await sleep(150);
    expect((await fetch(`${url}/health/readiness`)).status).toBe(503);
    expect((await fetch(`${url}/health/liveness`)).status).toBe(200);
    const served = await fetch(`${url}/state`);
    expect([served.status, served.headers.get('connection')]).toEqual([200, 'close']);
    expect(await slow).toBe('slow but done');
    expect(await stream.text()).toMatch(/id: 1\nevent: tick\ndata: {"n":1}\n\n/);
    expect(await exited).toBe(0);
    expect(messages.slice(-2)).toEqual(['Database:Close', 'Server:Close']);
    await expect(fetch(`${url}/state`)).rejects.toThrow();
  });

  test('serves a proxy that has not learnt of it until it sends no more', async () => {
    const { child, url, exited } = await start(400, 10_000);
    child.kill('SIGTERM');
    const answers: number[] = [];
    for (const began = performance.now(); seconds(began) < 1.5; await sleep(20))
      answers.push((await fetch(`${url}/state`)).status);
    expect(new Set(answers)).toEqual(new Set([200]));
    const since = performance.now();
    expect(await exited).toBe(0);
    expect(seconds(since)).toBeLessThan(3);
  });

  test('cuts what does not end within the deadline', async () => {
    const { child, url, messages, exited } = await start(50, 700);
    const never = fetch(`${url}/never`).then(
      () => 'answered',
      () => 'cut',
    );
    await sleep(100);
    const since = performance.now();
    child.kill('SIGTERM');
    expect(await exited).toBe(0);
    expect(seconds(since)).toBeLessThan(2.5);
    expect(await never).toBe('cut');
    expect(messages).toContain('Server:Cut');
    expect(messages.at(-1)).toBe('Server:Close');
  });

  test('ends when its parent is gone', async () => {
    const { child, messages, exited } = await start(10, 1000);
    child.disconnect();
    expect(await exited).toBe(0);
    expect(messages).toContain('Database:Close');
  });

  test('is not kept by a connection that only idles', async () => {
    const { child, url, exited } = await start(10, 10_000);
    await fetch(`${url}/state`, { headers: { connection: 'keep-alive' } });
    const since = performance.now();
    child.kill('SIGTERM');
    expect(await exited).toBe(0);
    expect(seconds(since)).toBeLessThan(3);
  });
});

test('a port in use is one sentence that names PORT', async () => {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const { port } = taken.address() as AddressInfo;
  const logger = createLogger(() => undefined);
  const attempt = serve({ fetch: () => new Response(), port, host: '127.0.0.1', logger });
  await expect(attempt).rejects.toMatchObject({
    code: 'setup-missing',
    field: 'PORT',
    message: expect.stringContaining('in use'),
  });
  taken.close();
});

/** Sends `bytes` of body; without a declared length it goes in chunks. Resolves to the status of the answer. */
function upload(url: string, bytes: number, declared: boolean): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = declared ? { 'content-length': bytes } : {};
    const outgoing = request(`${url}/body`, { method: 'POST', headers }, (reply) => {
      reply.resume();
      resolve(reply.statusCode!);
    });
    let answered = false;
    outgoing.on('response', () => (answered = true));
    // The server may cut the connection once it has answered.
    outgoing.on('error', (error) => (answered ? undefined : reject(error)));
    const block = Buffer.alloc(2 ** 16);
    let sent = 0;
    const pump = () => {
      while (sent < bytes && !answered) {
        sent += block.length;
        if (!outgoing.write(block)) return outgoing.once('drain', pump);
      }
      return outgoing.end();
    };
    pump();
  });
}

describe('a body of 50 MB', () => {
  test.each([
    ['of declared length', true],
    ['in chunks', false],
  ])('%s is 413, and is not held in memory', async (_name, declared) => {
    const { url } = await start(10, 1000);
    const rss = async () => ((await (await fetch(`${url}/state`)).json()) as { rss: number }).rss;
    expect(await upload(url, 2 ** 16, declared)).toBe(200);
    const before = await rss();
    for (let i = 0; i < 3; i++) expect(await upload(url, 50 * 2 ** 20, declared)).toBe(413);
    expect((await rss()) - before).toBeLessThan(45 * 2 ** 20);
  });
});

describe('1,000 event streams', () => {
  const streams = 1000;

  const open = (url: string): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      request(`${url}/events`, { agent: false }, resolve).on('error', reject).end();
    });

  test('stay open in bounded memory, and leave nothing when their clients go away', async () => {
    const { url } = await start(10, 1000);
    const state = async () => (await (await fetch(`${url}/state`)).json()) as { open: number; rss: number };
    const before = await state();
    const replies = await Promise.all(Array.from({ length: streams }, () => open(url)));
    let events = 0;
    for (const reply of replies)
      reply.on('data', (chunk: Buffer) => (events += chunk.toString().split('event: tick').length - 1));
    for (let i = 0; i < 200 && events <= streams * 3; i++) await sleep(100);
    const during = await state();
    expect(during.open).toBe(streams);
    expect(events).toBeGreaterThan(streams * 3);
    expect(during.rss - before.rss).toBeLessThan(150 * 2 ** 20);
    for (const reply of replies) reply.destroy();
    for (let i = 0; i < 50 && (await state()).open > 0; i++) await sleep(100);
    expect((await state()).open).toBe(0);
  });
});
