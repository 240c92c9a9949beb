import { rename, stat } from 'node:fs/promises';
import { createWriteStream } from 'node:fs';
import { once } from 'node:events';
import type { RuntimeLine } from '../../knative/local/runtime-options.ts';

/** A log larger than this is put aside at the next start; one old log is kept. */
const maxBytes = 20e6;

export interface LogFile {
  write(line: RuntimeLine): void;
  close(): Promise<void>;
}

/** Collects what all functions say, one JSON line each, with the function that said it. */
export async function openLog(path: string): Promise<LogFile> {
  const found = await stat(path).catch(() => null);
  if (found && found.size > maxBytes) await rename(path, `${path}.1`);
  const stream = createWriteStream(path, { flags: 'a', mode: 0o600 });
  // A log that cannot be written must not end the platform.
  stream.on('error', () => {});
  return {
    write: (line) => void stream.write(`${JSON.stringify({ at: new Date().toISOString(), ...line })}\n`),
    async close() {
      stream.end();
      await once(stream, 'close').catch(() => {});
    },
  };
}
