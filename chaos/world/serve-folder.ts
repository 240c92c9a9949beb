import { open, stat } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { join, normalize } from 'node:path';

/** Serves the files of a folder with byte ranges on a port of the loopback. */
export function serveFolder(root: string, port: number): Server {
  const server = createServer((request, response) => {
    send(root, request, response).catch(() => response.destroy());
  });
  return server.listen(port, '127.0.0.1');
}

async function send(root: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = join(root, normalize(new URL(request.url!, 'http://loopback').pathname));
  const found = await stat(path).catch(() => null);
  if (!found?.isFile()) return void response.writeHead(404).end();
  const range = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '');
  const from = range ? Number(range[1]) : 0;
  const to = range ? Math.min(found.size - 1, Number(range[2])) : found.size - 1;
  await using file = await open(path);
  const { buffer } = await file.read(Buffer.alloc(to - from + 1), 0, to - from + 1, from);
  response.writeHead(range ? 206 : 200, {
    'content-type': path.endsWith('.tif') ? 'image/tiff' : 'application/json',
    'content-length': buffer.length,
    ...(range ? { 'content-range': `bytes ${from}-${to}/${found.size}` } : {}),
  });
  response.end(buffer);
}
