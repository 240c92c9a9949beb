import { createReadStream, existsSync } from 'node:fs';
import { readlink, stat } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { argv, cwd, env } from 'node:process';

/** What the conformance tests ask a container about: itself and the request. */
export async function hostInfo(request: IncomingMessage) {
  return {
    args: argv,
    cwd: cwd(),
    env,
    stdinEof: await stdinEnds(),
    files: await files(),
    uid: process.getuid?.(),
    pid: process.pid,
    request: {
      httpVersion: request.httpVersion,
      headers: request.headers,
      rawHeaders: request.rawHeaders,
      url: request.url,
      method: request.method,
    },
  };
}

function stdinEnds(): Promise<boolean> {
  return new Promise((resolve) => {
    createReadStream('', { fd: 0, autoClose: false })
      .on('end', () => resolve(true))
      .on('error', () => resolve(false))
      .resume();
    setTimeout(() => resolve(false), 500).unref();
  });
}

const paths = ['/dev/fd', '/dev/full', '/dev/null', '/dev/ptmx', '/dev/random', '/dev/stdin', '/dev/stdout'];
const more = ['/dev/stderr', '/dev/tty', '/dev/urandom', '/dev/zero', '/proc/self/fd', '/proc/self/fd/0', '/tmp'];

async function files() {
  const found: Record<string, { isDir: boolean; link: string | null; mode: number } | null> = {};
  for (const path of [...paths, ...more]) {
    const info = existsSync(path) ? await stat(path) : null;
    const link = await readlink(path).catch(() => null);
    found[path] = info && { isDir: info.isDirectory(), link, mode: info.mode & 0o777 };
  }
  return found;
}
