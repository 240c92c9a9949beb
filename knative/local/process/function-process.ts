import type { Clock } from '../clock.ts';
import type { ProcessSpec } from '../manifests/function-spec.ts';
import { bringUp, recheck, type OpenedProcess, type ProcessState } from './bring-up.ts';
import { freePort } from './free-port.ts';
import { spawnFunction, type Command, type EmitLine, type Exit } from './spawn-function.ts';

/** What every process needs from the runtime around it. */
export interface ProcessHost {
  clock: Clock;
  /** The complete command of one process that shall listen on `port`. */
  command(spec: ProcessSpec, port: number): Promise<Command>;
  emit: EmitLine;
  /** Told of every process, so that none outlives the runtime. */
  guard: { add(pid: number): void; remove(pid: number): void };
  /** A process that is not ready after this long has failed. */
  startLimitMs: number;
}

/** One process of a function, from its start to its end. */
export interface FunctionProcess {
  readonly pid: number;
  readonly port: number;
  /** Whether it may be sent requests at this moment. */
  readonly isReady: boolean;
  /** Resolves with the milliseconds that the start took; rejects with a sentence. */
  readonly started: Promise<number>;
  readonly exited: Promise<Exit>;
  /** Takes it for unready until its readiness probe succeeds again. */
  recheck(): void;
  /** SIGTERM, and SIGKILL after `graceMs`; resolves when it is gone. */
  stop(graceMs: number): Promise<void>;
  kill(): void;
}

/** Starts a process and watches over it; `changed` is called whenever its readiness turns. */
export function startFunctionProcess(spec: ProcessSpec, host: ProcessHost, changed: () => void): FunctionProcess {
  const over = new AbortController();
  const state = { pid: 0, port: 0, isReady: false, ended: '' };
  const opened = open(spec, host, state);
  const exited = untilGone(opened, over, state, host);
  const stop = (graceMs: number) => stopProcess(opened, exited, graceMs, over, host.clock);
  const context = { spec, host, state, over, stop, changed };
  return {
    get pid() {
      return state.pid;
    },
    get port() {
      return state.port;
    },
    get isReady() {
      return state.isReady;
    },
    started: bringUp(context, opened, exited),
    exited,
    recheck: () => void opened.then(({ target }) => recheck(context, target)),
    stop,
    kill: () =>
      void opened.then(
        ({ spawned }) => spawned.kill(),
        () => undefined,
      ),
  };
}

async function open(spec: ProcessSpec, host: ProcessHost, state: ProcessState): Promise<OpenedProcess> {
  state.port = await freePort();
  const command = await host.command(spec, state.port);
  const spawned = spawnFunction(command, host.emit);
  state.pid = spawned.pid;
  if (spawned.pid > 0) host.guard.add(spawned.pid);
  return { spawned, target: { port: state.port, cwd: command.cwd, env: command.env } };
}

async function untilGone(
  opened: Promise<OpenedProcess>,
  over: AbortController,
  state: ProcessState,
  host: ProcessHost,
) {
  const exit = await opened.then(
    ({ spawned }) => spawned.exited,
    (error: Error) => ({ how: `could not be started: ${error.message}` }),
  );
  over.abort();
  state.isReady = false;
  host.guard.remove(state.pid);
  return state.ended ? { how: state.ended } : exit;
}

async function stopProcess(
  opened: Promise<OpenedProcess>,
  exited: Promise<Exit>,
  graceMs: number,
  over: AbortController,
  clock: Clock,
): Promise<void> {
  const spawned = await opened.then((value) => value.spawned).catch(() => null);
  if (!spawned) return;
  spawned.terminate();
  await Promise.race([exited, clock.sleep(graceMs, over.signal)]);
  if (!over.signal.aborted) spawned.kill();
  await exited;
}
