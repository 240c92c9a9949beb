import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { serviceManifest } from '../testing/manifests.ts';
import { rawRequest } from '../testing/raw-request.ts';
import { openTestRuntime } from '../testing/test-runtime.ts';
import { openDoor } from './door.ts';

const host = '127.0.0.1';

async function openForTest(port: number) {
  const door = await openDoor({ host, port });
  onTestFinished(() => door.close());
  return door;
}

test('a port in use is one sentence', async () => {
  const { port } = await openForTest(0);
  await expect(openDoor({ host, port })).rejects.toMatchObject({
    code: 'setup-missing',
    field: 'PORT',
    message: `port ${port} of ${host} is in use; stop what listens there or choose another`,
  });
});

test('an address that is not of this machine is one sentence', async () => {
  await expect(openDoor({ host: '192.0.2.1', port: 0 })).rejects.toThrow(/^port 0 of 192\.0\.2\.1 cannot be used: /);
});

test('a port that was free is kept until it is served on: nobody else can take it, and callers wait', async () => {
  const door = await openForTest(0);
  const url = `http://${host}:${door.port}`;
  const early = await fetch(`${url}/jobs/info`, { method: 'POST', body: 'crop' });
  expect([early.status, early.headers.get('retry-after')]).toEqual([503, '2']);
  expect(await early.json()).toMatchObject({ code: 'unavailable', detail: expect.stringContaining('starting') });
  const thief = createServer();
  const taken = new Promise((resolve) => thief.once('error', resolve));
  thief.listen(door.port, host);
  expect(await taken).toMatchObject({ code: 'EADDRINUSE' });
  const runtime = await openTestRuntime([serviceManifest('jobs', {})], { door });
  expect(runtime.port).toBe(door.port);
  expect((await fetch(`${url}/jobs/info`)).status).toBe(200);
  await runtime.close();
  await expect(fetch(`${url}/jobs/info`)).rejects.toThrow();
});

test('what is no HTTP ends its own connection and nothing else, before anything is served', async () => {
  const { port } = await openForTest(0);
  expect(await rawRequest(port, 'crop\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /);
  expect((await fetch(`http://${host}:${port}`)).status).toBe(503);
});

test('a door that is closed gives the port back', async () => {
  const door = await openDoor({ host, port: 0 });
  door.close();
  const next = createServer();
  await new Promise<void>((resolve, reject) => next.once('error', reject).listen(door.port, host, resolve));
  expect((next.address() as AddressInfo).port).toBe(door.port);
  next.close();
});
