/** How to ask a process whether it is ready or alive. Times are milliseconds. */
export interface ProbeSpec {
  kind: 'http' | 'tcp' | 'exec';
  path: string;
  headers: Record<string, string>;
  command: string[];
  initialDelayMs: number;
  /** 0: as often as is sensible while starting, every 10 s afterwards. */
  periodMs: number;
  timeoutMs: number;
  successThreshold: number;
  failureThreshold: number;
}

/** What is needed to run one process of a function. */
export interface ProcessSpec {
  name: string;
  /** Replaces the function's own command, as a container's `command` replaces its entry point. */
  command: string[] | undefined;
  args: string[];
  workingDir: string | undefined;
  env: Record<string, string>;
  readiness: ProbeSpec;
  liveness: ProbeSpec | null;
  /** The manifest's limit, reported beside what is used; not enforced on a process. */
  memoryLimitBytes: number | null;
  graceMs: number;
}

/** A function that answers requests. */
export interface ServiceSpec {
  process: ProcessSpec;
  paths: string[];
  /** Requests that one process takes at a time; 0 is no limit. */
  concurrency: number;
  timeoutMs: number;
  minScale: number;
  maxScale: number;
  initialScale: number;
  /** Requests per process at which another one is started. */
  target: number;
  /** Without this much demand for this long, processes are stopped. */
  idleMs: number;
}

/** A function that consumes a queue. */
export interface ConsumerSpec {
  process: ProcessSpec;
  queue: string;
  pollMs: number;
  cooldownMs: number;
  minReplicas: number;
  maxReplicas: number;
  messagesPerReplica: number;
  activationMessages: number;
  countInFlight: boolean;
}

/** An event at every point of a schedule. */
export interface PingSpec {
  name: string;
  namespace: string;
  schedule: string;
  contentType: string;
  data: string;
  functionName: string;
  path: string;
}

export interface Manifests {
  services: ServiceSpec[];
  consumers: ConsumerSpec[];
  pings: PingSpec[];
}
