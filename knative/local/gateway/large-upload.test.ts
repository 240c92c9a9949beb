import { execFile, spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { serviceManifest } from '../testing/manifests.ts';
import { rawRequest } from '../testing/raw-request.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { openTestRuntime, until } from '../testing/test-runtime.ts';

const jobs = serviceManifest('jobs', { annotations: { 'max-scale': '1' } });
const uploadBytes = 50 * 2 ** 20;
const piece = Buffer.alloc(2 ** 18, 'crop');
const framings = ['Content-Length', 'chunked'] as const;
type Framing = (typeof framings)[number];
const tooLarge = { status: 413, code: 'too-large', field: 'body' };

const hasCurl = spawnSync('curl', ['--version']).status === 0;
const curlTest = hasCurl ? test : test.skip;
if (!hasCurl && process.env.GEOCROP_REQUIRE_ALL === '1') throw new Error('these tests need curl');

function headOf(framing: Framing, path = '/jobs/read'): string {
  const body = framing === 'chunked' ? 'Transfer-Encoding: chunked' : `Content-Length: ${uploadBytes}`;
  return `POST ${path} HTTP/1.1\r\nHost: x\r\n${body}\r\n\r\n`;
}

const framed = (framing: Framing) =>
  framing === 'chunked'
    ? Buffer.concat([Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from('\r\n')])
    : piece;

interface Upload {
  socket: Socket;
  /** What has gone wrong with the connection. */
  errors: NodeJS.ErrnoException[];
  sent(): number;
  /** Takes the answer, which it did not look at before, to the server's end of the connection. */
  read(): Promise<string>;
}

/** A client that sends all it has and looks at no answer meanwhile. */
async function pushAll(port: number, framing: Framing, path?: string): Promise<Upload> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  const errors: NodeJS.ErrnoException[] = [];
  socket.on('error', (error) => errors.push(error)).pause();
  socket.write(headOf(framing, path));
  const part = framed(framing);
  let sent = 0;
  for (; sent < uploadBytes && errors.length === 0; sent += piece.length) await write(socket, part);
  if (framing === 'chunked' && errors.length === 0) await write(socket, Buffer.from('0\r\n\r\n'));
  return { socket, errors, sent: () => sent, read: () => readAll(socket) };
}

const write = (socket: Socket, bytes: Buffer) => new Promise<void>((resolve) => socket.write(bytes, () => resolve()));

function readAll(socket: Socket): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    socket.on('data', (bytes) => (text += bytes));
    socket.on('end', () => resolve(text)).on('close', () => resolve(text));
    socket.resume();
  });
}

describe('an upload of 50 MB is told that it is too large', () => {
  test.each(framings)('though all of it is sent before the answer is read: %s', async (framing) => {
    const runtime = await openTestRuntime([jobs]);
    const upload = await pushAll(runtime.port, framing);
    const text = await upload.read();
    expect(upload.errors).toEqual([]);
    expect(upload.sent()).toBe(uploadBytes);
    expect(text).toMatch(/^HTTP\/1\.1 413 /);
    expect(JSON.parse(text.split('\r\n\r\n')[1])).toMatchObject(tooLarge);
    upload.socket.end();
    await until(
      async () => (await runtime.stats())[0].requests === 0,
      () => 'the place is given back',
    );
  });

  test('though the function answers before it has read any of it', async () => {
    const { port } = await openTestRuntime([jobs]);
    const upload = await pushAll(port, 'chunked', '/jobs/refuse');
    // This answer does not end the connection.
    upload.socket.end();
    expect(await upload.read()).toMatch(/^HTTP\/1\.1 413 /);
    expect([upload.errors, upload.sent()]).toEqual([[], uploadBytes]);
  });
});

describe.each(framings)('clients that people use: %s', (framing) => {
  test('fetch, one upload after the other', async () => {
    const { url } = await openTestRuntime([jobs]);
    const bytes = Buffer.alloc(uploadBytes, 'crop');
    for (let round = 0; round < 5; round++) {
      const body = framing === 'chunked' ? new Blob([bytes]).stream() : bytes;
      const answer = await fetch(`${url}/jobs/read`, { method: 'POST', body, duplex: 'half' } as RequestInit);
      expect(answer.headers.get('content-type')).toBe('application/problem+json');
      expect(await answer.json()).toMatchObject(tooLarge);
    }
  });

  curlTest(`curl, which does not ask first${hasCurl ? '' : ' (skipped: there is no curl here)'}`, async () => {
    const file = join(await temporaryFolder(), 'upload');
    await writeFile(file, Buffer.alloc(uploadBytes, 'crop'));
    const { url } = await openTestRuntime([jobs]);
    const headers = ['Expect:', ...(framing === 'chunked' ? ['Transfer-Encoding: chunked'] : [])];
    const args = [...headers.flatMap((header) => ['-H', header]), '-X', 'POST', '-T', file, `${url}/jobs/read`];
    const { stdout, stderr } = await promisify(execFile)('curl', ['-sS', ...args]);
    expect([JSON.parse(stdout), stderr]).toEqual([expect.objectContaining(tooLarge), '']);
  });
});

describe('what comes after the answer is bounded', () => {
  test('a client that goes on and on is cut off', async () => {
    const { port } = await openTestRuntime([jobs]);
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
    socket.on('error', () => undefined).pause();
    socket.write(headOf('chunked'));
    const part = framed('chunked');
    let sent = 0;
    for (const most = 400 * 2 ** 20; sent < most && !socket.destroyed; sent += piece.length) await write(socket, part);
    await closed;
    expect(sent).toBeLessThan(200 * 2 ** 20);
  });

  test('a client that falls silent is let go after some seconds, the answer being there at once', async () => {
    const { port } = await openTestRuntime([jobs]);
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    const begun = Date.now();
    socket.on('error', () => undefined);
    socket.write(headOf('Content-Length') + 'crop');
    expect(await readAll(socket)).toMatch(/^HTTP\/1\.1 413 /);
    expect(Date.now() - begun).toBeLessThan(2000);
    // The server's end was a half one: it is this side that has not closed yet.
    expect(socket.writable).toBe(true);
    await sleep(6000);
    // Whoever writes to a connection that is gone is told so at the second time.
    for (let time = 0; time < 2; time++) {
      await write(socket, Buffer.from('crop'));
      await sleep(200);
    }
    expect(socket.destroyed).toBe(true);
  });

  test('the connection ends where a short request is refused before it has come whole', async () => {
    const { port } = await openTestRuntime([jobs]);
    const text = await rawRequest(port, 'POST /nothing HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\ncrop');
    expect(text).toMatch(/^HTTP\/1\.1 404 [\s\S]*connection: close/i);
  });
});
