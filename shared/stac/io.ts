import { open, realpath, stat } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

/** What the search needs of the outside world. */
export interface StacIo {
  fetch: typeof fetch;
  /** The path without symbolic links; rejects with ENOENT where nothing is there. */
  realpath(path: string): Promise<string>;
  /** The bytes of a regular file; rejects where it has more than `maxBytes`. */
  readFile(path: string, maxBytes: number): Promise<Uint8Array>;
  sleep(ms: number, signal: AbortSignal): Promise<void>;
  /** Uniform in [0, 1). */
  random(): number;
}

/** Bounds on what a catalog may cost. */
export interface StacLimits {
  /** Per try, until the body is there. */
  timeoutMs: number;
  tries: number;
  /** Back-off before the second try; it doubles from there. */
  firstDelayMs: number;
  /** Of any wait, whatever the server asks for. */
  maxDelayMs: number;
  documentBytes: number;
  pages: number;
  items: number;
  /** Of a static catalog: levels of child links, and documents in all. */
  depth: number;
  documents: number;
  concurrency: number;
}

export const defaultLimits: StacLimits = {
  timeoutMs: 30_000,
  tries: 5,
  firstDelayMs: 500,
  maxDelayMs: 60_000,
  documentBytes: 16 * 1024 * 1024,
  pages: 1000,
  items: 5000,
  depth: 12,
  documents: 20_000,
  concurrency: 8,
};

async function readBounded(path: string, maxBytes: number): Promise<Uint8Array> {
  // Asked before opening: to open a named pipe would wait for ever.
  if (!(await stat(path)).isFile()) throw new Error(`${path} is not a file`);
  await using file = await open(path);
  const { size } = await file.stat();
  if (size > maxBytes) throw new Error(`${path} has ${size} bytes; at most ${maxBytes} are read`);
  return await file.readFile();
}

/** The real network, disk, clock and dice. */
export function nodeStacIo(): StacIo {
  return {
    fetch: globalThis.fetch,
    realpath,
    readFile: readBounded,
    sleep: async (ms, signal) => {
      await delay(ms, undefined, { signal });
    },
    random: Math.random,
  };
}
