import type { Clock } from './clock.ts';
import type { CountQueue } from './consumer/queue-consumer.ts';
import type { Door } from './gateway/door.ts';

/** How to start one function. */
export interface FunctionCommand {
  command: string;
  args: string[];
  cwd: string;
  /** Added to the environment of this function. */
  env?: Record<string, string> | undefined;
}

/** One line that a function wrote, or that the runtime says about it. */
export interface RuntimeLine {
  /** The function's name; null for the runtime itself. */
  function: string | null;
  pid: number | null;
  stream: 'stdout' | 'stderr' | 'runtime';
  line: string;
}

export interface RuntimeLimits {
  /** Largest request body, bytes. */
  maxBodyBytes: number;
  /** Requests that may wait for one function. */
  maxWaiting: number;
  /** How long each of them may wait, milliseconds. */
  waitLimitMs: number;
  maxConnections: number;
  /** A process that is not ready after this long has failed, milliseconds. */
  startLimitMs: number;
  /** All that `close` may take, milliseconds. */
  closeLimitMs: number;
}

export const defaultLimits: RuntimeLimits = {
  maxBodyBytes: 10 * 2 ** 20,
  maxWaiting: 2000,
  waitLimitMs: 90_000,
  maxConnections: 5000,
  startLimitMs: 60_000,
  closeLimitMs: 20_000,
};

export interface RuntimeOptions {
  /** Folder of the manifests. */
  manifests: string;
  /** Where it answers; it is the runtime's to close from now on. */
  door: Door;
  /** How to start the function of this name. */
  command(name: string): FunctionCommand | Promise<FunctionCommand>;
  /** Environment of every function; wins over the manifests' values. */
  env: Record<string, string>;
  /** Secrets that the manifests name and the repository does not hold. */
  secrets?: Record<string, Record<string, string>> | undefined;
  /** Most processes of a function on this machine, where it bears less than the manifest allows. */
  maxProcesses?: Record<string, number> | undefined;
  countQueue: CountQueue;
  /** Whether a reverse proxy of one's own stands before. */
  trustProxy?: boolean | undefined;
  /** Folder where running processes are noted, so that the next start can end what is left of a crash. */
  stateFolder: string;
  log(line: RuntimeLine): void;
  limits?: Partial<RuntimeLimits> | undefined;
  clock?: Clock | undefined;
}

export interface FunctionStats {
  name: string;
  kind: 'service' | 'consumer';
  processes: number;
  ready: number;
  /** Requests being answered or waiting; 0 for a consumer. */
  requests: number;
  starts: number;
  /** Processes that could not start or ended by themselves. */
  failures: number;
  lastFailure: string | null;
  /** Milliseconds from start to ready, of the last 100 starts. */
  startMs: number[];
  /** Null where the system does not tell. */
  residentBytes: number | null;
  memoryLimitBytes: number | null;
}

export interface Runtime {
  readonly port: number;
  stats(): Promise<FunctionStats[]>;
  /** Stops listening, lets functions finish and consumers hand back, within the close limit; then kills. */
  close(): Promise<void>;
  /** Ends everything at once. */
  kill(): void;
}
