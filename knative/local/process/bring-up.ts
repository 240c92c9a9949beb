import type { ProcessSpec } from '../manifests/function-spec.ts';
import type { ProcessHost } from './function-process.ts';
import { untilReady, watchHealth } from './health-watch.ts';
import { probeOnce, type ProbeTarget } from './probe.ts';
import type { Exit, Spawned } from './spawn-function.ts';

/** A process that no longer answers gets Kubernetes' default to end itself, not the time of its longest request. */
const hungGraceMs = 30_000;

/** What is known of a process from outside. */
export interface ProcessState {
  pid: number;
  port: number;
  isReady: boolean;
  /** Why the runtime itself ended it, where it did. */
  ended: string;
}

/** A process that was started and where its probes ask. */
export interface OpenedProcess {
  spawned: Spawned;
  target: ProbeTarget;
}

/** What bringing up and watching a process needs. */
export interface ProcessContext {
  spec: ProcessSpec;
  host: ProcessHost;
  state: ProcessState;
  over: AbortController;
  stop: (graceMs: number) => Promise<void>;
  changed: () => void;
}

/** Waits until a process is ready, then watches it. Resolves with the milliseconds taken; rejects with a sentence. */
export async function bringUp(
  context: ProcessContext,
  opened: Promise<OpenedProcess>,
  exited: Promise<Exit>,
): Promise<number> {
  const { spec, host, state, over, changed } = context;
  const begun = performance.now();
  const { target } = await opened;
  const limit = new AbortController();
  void host.clock.sleep(host.startLimitMs, over.signal).then(() => limit.abort());
  const ask = () => probeOnce(spec.readiness, target);
  const signal = AbortSignal.any([limit.signal, over.signal]);
  if (!(await untilReady(spec.readiness, ask, host.clock, signal)) || over.signal.aborted)
    throw new Error(await failedStart(context, exited));
  state.isReady = true;
  changed();
  watch(context, target);
  return performance.now() - begun;
}

async function failedStart({ host, state, over, stop }: ProcessContext, exited: Promise<Exit>): Promise<string> {
  if (over.signal.aborted) return `${(await exited).how} before it was ready`;
  state.ended = `was not ready within ${host.startLimitMs / 1000} s`;
  await stop(0);
  return state.ended;
}

function watch({ spec, host, state, over, stop, changed }: ProcessContext, target: ProbeTarget): void {
  const ask = () => probeOnce(spec.readiness, target);
  void watchHealth(spec.readiness, ask, host.clock, over.signal, (healthy) => {
    state.isReady = healthy;
    changed();
  });
  const { liveness } = spec;
  if (!liveness) return;
  const askAlive = () => probeOnce(liveness, target);
  const alive = (healthy: boolean) => {
    if (healthy) return;
    state.ended = 'failed its liveness probe and was stopped';
    state.isReady = false;
    void stop(Math.min(spec.graceMs, hungGraceMs));
  };
  void host.clock
    .sleep(liveness.initialDelayMs, over.signal)
    .then(() => watchHealth(liveness, askAlive, host.clock, over.signal, alive));
}

/** Takes a process for unready until its readiness probe succeeds again. */
export async function recheck(
  { spec, host, state, over, changed }: ProcessContext,
  target: ProbeTarget,
): Promise<void> {
  if (!state.isReady) return;
  state.isReady = false;
  const soon = { ...spec.readiness, initialDelayMs: 0, periodMs: 0 };
  state.isReady = await untilReady(soon, () => probeOnce(spec.readiness, target), host.clock, over.signal);
  changed();
}
