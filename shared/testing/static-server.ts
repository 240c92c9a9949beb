import { open, stat } from 'node:fs/promises';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, normalize } from 'node:path';
import { afterAll } from 'vitest';

/** A server on the loopback interface. */
export interface LoopbackServer {
  address: string;
  close(): Promise<void>;
}

/** Serves until the test file is over. */
export async function loopback(listener: RequestListener): Promise<LoopbackServer> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  afterAll(close);
  return { address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close };
}

/** What a static server has sent, by the ending of the file. */
export interface Traffic {
  requests: number;
  bytes: Record<string, number>;
}

/** Serves a folder with byte ranges and counts what goes out; `instead` may answer a request itself. */
export async function serveFolder(
  root: string,
  instead: (request: IncomingMessage, response: ServerResponse) => boolean = () => false,
): Promise<LoopbackServer & { traffic: Traffic }> {
  const traffic: Traffic = { requests: 0, bytes: {} };
  const server = await loopback((request, response) => {
    if (!instead(request, response)) send(root, request, response, traffic).catch(() => response.destroy());
  });
  return { ...server, traffic };
}

async function send(root: string, request: IncomingMessage, response: ServerResponse, traffic: Traffic): Promise<void> {
  const path = join(root, normalize(new URL(request.url ?? '/', 'http://loopback').pathname));
  const found = await stat(path).catch(() => null);
  traffic.requests++;
  if (!found?.isFile()) return void response.writeHead(404).end();
  const range = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '');
  const from = range ? Number(range[1]) : 0;
  const to = range ? Math.min(found.size - 1, Number(range[2])) : found.size - 1;
  await using file = await open(path);
  const { buffer } = await file.read(Buffer.alloc(to - from + 1), 0, to - from + 1, from);
  const ending = path.slice(path.lastIndexOf('.') + 1);
  traffic.bytes[ending] = (traffic.bytes[ending] ?? 0) + buffer.length;
  response.writeHead(range ? 206 : 200, {
    'content-type': ending === 'json' ? 'application/json' : 'image/tiff',
    'content-length': buffer.length,
    'accept-ranges': 'bytes',
    ...(range ? { 'content-range': `bytes ${from}-${to}/${found.size}` } : {}),
  });
  response.end(buffer);
}
