import { parentPort, workerData } from 'node:worker_threads';
import { PGlite } from '@electric-sql/pglite';
import { postgis } from '@electric-sql/pglite-postgis';
import { failureOf } from './engine-failure.ts';
import type { EngineReply, EngineSettings } from './engine.ts';

/** The parts of PGlite's WebAssembly module that the guards need; none of them is in its types. */
interface Internals {
  ___stack_pointer: { value: number };
  _pgl_setPGliteExitStatus(status: number): number;
  _PostgresMainLoopOnce(): void;
}

/** The status of an ordinary SQL error, which PGlite handles itself. */
const sqlErrorStatus = 100;
const port = parentPort!;
const settings = workerData as EngineSettings;

/**
 * PGlite swallows every exception of its WebAssembly code, though only SQL errors leave the session whole: a C++
 * exception of GEOS or an overflow of the stack answers a query with no row and no error, an exit makes it loop for
 * ever. This lets those out.
 */
function letTrapsOut(internals: Internals): void {
  const { _PostgresMainLoopOnce: loopOnce, _pgl_setPGliteExitStatus: setStatus } = internals;
  let last: unknown;
  internals._PostgresMainLoopOnce = () => {
    try {
      loopOnce();
    } catch (error) {
      last = error;
      throw error;
    }
  };
  internals._pgl_setPGliteExitStatus = (status) => {
    const ended = setStatus(status);
    if (ended !== sqlErrorStatus) throw last;
    return ended;
  };
}

/** Collects what the database says, up to the limit of a result. */
function collector(): { take: (bytes: Uint8Array) => void; joined: () => Uint8Array<ArrayBuffer> } {
  const chunks: Uint8Array[] = [];
  let size = 0;
  return {
    take(bytes) {
      size += bytes.length;
      if (size > settings.maxResultBytes) throw new Error(`a result is larger than ${settings.maxResultBytes} bytes`);
      chunks.push(bytes.slice());
    },
    joined() {
      const all = new Uint8Array(size);
      let at = 0;
      for (const chunk of chunks) {
        all.set(chunk, at);
        at += chunk.length;
      }
      return all;
    },
  };
}

async function serve(): Promise<void> {
  const database = await PGlite.create({
    dataDir: settings.folder,
    extensions: { postgis },
    startParams: [...PGlite.defaultStartParams, '-c', 'shared_buffers=16MB'],
  });
  const { rows } = await database.query<{ version: string }>(`SELECT current_setting('server_version') AS version`);
  const internals = database.Module as unknown as Internals;
  letTrapsOut(internals);
  const stackAtRest = internals.___stack_pointer.value;
  const execute = async (group: Uint8Array): Promise<void> => {
    const output = collector();
    try {
      await database.execProtocolRawStream(group, { syncToFs: false, onRawData: output.take });
    } catch (error) {
      return reply(failureOf(error, output.joined()));
    }
    // An SQL error leaves its stack frames behind; some 2,000 of them would end the database.
    internals.___stack_pointer.value = stackAtRest;
    const bytes = output.joined();
    reply({ output: bytes }, [bytes.buffer]);
  };
  port.on('message', (group: Uint8Array | 'close') => {
    const done = group === 'close' ? database.close().then(() => reply({ closed: true })) : execute(group);
    done.catch((error: unknown) => reply(failureOf(error)));
  });
  reply({ serverVersion: rows[0].version });
}

function reply(message: EngineReply, transfer: ArrayBuffer[] = []): void {
  port.postMessage(message, transfer);
}

serve().catch((error: unknown) => reply(failureOf(error)));
