import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { EngineFailure } from './engine-failure.ts';

export interface EngineSettings {
  /** The data folder of the one PostgreSQL cluster. */
  folder: string;
  maxResultBytes: number;
}

export type EngineReply =
  { serverVersion: string } | { output: Uint8Array<ArrayBuffer> } | EngineFailure | { closed: true };

export interface EngineOptions extends EngineSettings {
  /** A group that runs for longer ends the engine's thread. */
  executeTimeoutMs: number;
  /** Entry of the engine's thread, where a bundle put it elsewhere. */
  workerUrl?: URL | undefined;
}

/** Room for PostgreSQL's own limit of 2 MB of stack, so that a deep value is an SQL error and not a trap. */
const stackSizeMb = 16;
const openTimeoutMs = 180_000;

/**
 * One PGlite in a thread of its own: a long statement does not stop this thread, and one that traps or never ends can
 * be thrown away. What was committed lies in the folder, as after a crash of the process.
 */
export class Engine {
  readonly #options: EngineOptions;
  #worker: Worker;
  #serverVersion = '';
  #exited = false;

  private constructor(options: EngineOptions) {
    this.#options = options;
    this.#worker = this.#spawn();
  }

  static async open(options: EngineOptions): Promise<Engine> {
    const engine = new Engine(options);
    await engine.#started();
    return engine;
  }

  get serverVersion(): string {
    return this.#serverVersion;
  }

  /** Runs one whole group; never two at once. Rejects where the engine has to be started again. */
  async execute(group: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
    if (this.#exited) throw new Error('its thread ended');
    this.#worker.postMessage(group, [group.buffer]);
    const reply = await this.#reply(this.#options.executeTimeoutMs);
    if ('output' in reply) return reply.output;
    throw failed('failure' in reply ? reply : { failure: 'the thread of the database gave no answer' });
  }

  /**
   * Throws the thread away, with whatever transaction it was in, and opens the folder anew. A folder that is gone is not
   * made again: an empty database is not the one that was served.
   */
  async restart(): Promise<void> {
    await this.#worker.terminate();
    const { folder } = this.#options;
    if (!existsSync(join(folder, 'PG_VERSION'))) throw new Error(`the files of the database in ${folder} are gone`);
    this.#worker = this.#spawn();
    await this.#started();
  }

  async close(): Promise<void> {
    if (this.#exited) return;
    try {
      this.#worker.postMessage('close');
      await this.#reply(this.#options.executeTimeoutMs);
    } finally {
      await this.#worker.terminate();
    }
  }

  #spawn(): Worker {
    const { folder, maxResultBytes, workerUrl } = this.#options;
    const settings: EngineSettings = { folder, maxResultBytes };
    const worker = new Worker(workerUrl ?? new URL('./engine-worker.ts', import.meta.url), {
      name: 'embedded-database',
      workerData: settings,
      resourceLimits: { stackSizeMb },
      // What this process was started with (a script to evaluate, say) is not for the thread.
      execArgv: [],
    });
    this.#exited = false;
    worker.on('exit', () => (this.#exited ||= worker === this.#worker));
    // Also between two groups, where nobody waits; the next group finds that the thread has ended.
    return worker.on('error', () => {});
  }

  async #started(): Promise<void> {
    const reply = await this.#reply(openTimeoutMs);
    if ('serverVersion' in reply) this.#serverVersion = reply.serverVersion;
    else {
      await this.#worker.terminate();
      const { failure, code } = 'failure' in reply ? reply : { failure: 'no answer' };
      throw failed({ failure: `the embedded database in ${this.#options.folder} does not open: ${failure}`, code });
    }
  }

  async #reply(timeoutMs: number): Promise<EngineReply> {
    const watch = new AbortController();
    const { signal } = watch;
    const timer = setTimeout(() => watch.abort(), timeoutMs);
    try {
      const exit = once(this.#worker, 'exit', { signal }).then((): EngineReply => ({ failure: 'its thread ended' }));
      const answer = once(this.#worker, 'message', { signal }).then(([reply]) => reply as EngineReply);
      return await Promise.race([answer, exit]);
    } catch (error) {
      if (signal.aborted) return { failure: `it took longer than ${timeoutMs} ms` };
      return { failure: error instanceof Error ? error.message : String(error) };
    } finally {
      clearTimeout(timer);
      watch.abort();
    }
  }
}

const failed = ({ failure, code }: EngineFailure): Error => Object.assign(new Error(failure), code ? { code } : {});
