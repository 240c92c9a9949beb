import { appendFile, open, rename, stat } from 'node:fs/promises';
import type { RuntimeLine } from '../../knative/local/runtime-options.ts';

/** A log larger than this is put aside at the next start; one old log is kept. */
const maxBytes = 20e6;

export interface LogFile {
  write(line: RuntimeLine): void;
  /** Ends when what was said is written, or could not be. */
  close(): Promise<void>;
}

/** Collects what all functions say, one JSON line each, with the function that said it. */
export async function openLog(path: string): Promise<LogFile> {
  const found = await stat(path).catch(() => null);
  if (found && found.size > maxBytes) await rename(path, `${path}.1`);
  const append = appender(path, await isCutOff(path));
  return {
    write: (line) => append.add(`${JSON.stringify({ at: new Date().toISOString(), ...line })}\n`),
    close: () => append.settled(),
  };
}

/** Whether a file ends within a line. */
async function isCutOff(path: string): Promise<boolean> {
  const file = await open(path).catch(() => null);
  try {
    const end = await file?.read(Buffer.alloc(1), 0, 1, (await file.stat()).size - 1);
    return end?.bytesRead === 1 && end.buffer[0] !== 0x0a;
  } catch {
    return false;
  } finally {
    await file?.close();
  }
}

/**
 * Appends lines to a file, in order. A log that cannot be written must not end the platform: what a full disk does not
 * take is lost, and what comes after it is tried again, on a line of its own.
 */
function appender(path: string, wasCutOff: boolean) {
  let [isCutOff, waiting, writing] = [wasCutOff, '', Promise.resolve()];
  const write = async () => {
    const lines = waiting;
    waiting = '';
    if (lines === '') return;
    const text = isCutOff ? `\n${lines}` : lines;
    isCutOff = await appendFile(path, text, { mode: 0o600 }).then(
      () => false,
      () => true,
    );
  };
  return {
    add(line: string): void {
      waiting += line;
      writing = writing.then(write);
    },
    settled: () => writing,
  };
}
