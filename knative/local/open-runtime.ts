import { systemClock, type Clock } from './clock.ts';
import { QueueConsumer } from './consumer/queue-consumer.ts';
import { functionCommand } from './function-command.ts';
import { openGateway } from './gateway/gateway.ts';
import { routeTable } from './gateway/route-table.ts';
import type { ConsumerSpec, PingSpec, ProcessSpec } from './manifests/function-spec.ts';
import { loadManifests } from './manifests/load-manifests.ts';
import { parseCron } from './ping/cron.ts';
import { runPingSource, type SendPing } from './ping/ping-source.ts';
import { sendToFunction } from './ping/send-to-function.ts';
import { startFunctionProcess, type FunctionProcess, type ProcessHost } from './process/function-process.ts';
import { openRegistry } from './process/process-registry.ts';
import { startWatchdog } from './process/watchdog.ts';
import { closeRuntime, killRuntime, type Parts } from './close-runtime.ts';
import { functionStats } from './function-stats.ts';
import { defaultLimits, type Runtime, type RuntimeLimits, type RuntimeOptions } from './runtime-options.ts';
import { ServicePool } from './service/service-pool.ts';

type Start = (spec: ProcessSpec) => (changed: () => void) => FunctionProcess;

/**
 * Opens the local runtime: reads the manifests, answers at the door, and starts functions when they are needed. Throws
 * a sentence for manifests that it cannot honour; nothing runs then.
 */
export async function openRuntime(options: RuntimeOptions): Promise<Runtime> {
  const clock = options.clock ?? systemClock;
  const limits = { ...defaultLimits, ...options.limits };
  const manifests = await loadManifests(options.manifests, options.secrets);
  for (const { schedule } of manifests.pings) parseCron(schedule);
  const { registry, swept } = await openRegistry(options.stateFolder, (line) => say(options, null, line));
  if (swept > 0) say(options, null, `ended ${swept} processes that an earlier run had left`);
  const watchdog = startWatchdog((line) => say(options, null, line));
  const start = starter(options, clock, limits, [registry, watchdog]);
  const pools = manifests.services.map((spec) => {
    const maxScale = Math.min(spec.maxScale, options.maxProcesses?.[spec.process.name] ?? spec.maxScale);
    const warn = (line: string) => say(options, spec.process.name, line);
    return new ServicePool({ ...spec, maxScale }, start(spec.process), clock, limits, warn);
  });
  const parts: Parts = { pools, consumers: [], watchdog, stop: new AbortController(), limits };
  try {
    const gateway = openFront(options, clock, limits, pools);
    parts.gateway = gateway;
    startConsumers(options, clock, parts, manifests.consumers, start);
    startPings(options, clock, parts, manifests.pings);
    return runtimeOf(parts, gateway.port);
  } catch (error) {
    await closeRuntime(parts);
    throw error;
  }
}

function runtimeOf(parts: Parts, port: number): Runtime {
  let closing: Promise<void> | null = null;
  return {
    port,
    stats: () => functionStats(parts),
    close: () => (closing ??= closeRuntime(parts)),
    kill: () => killRuntime(parts),
  };
}

function openFront(options: RuntimeOptions, clock: Clock, limits: RuntimeLimits, pools: ServicePool[]) {
  const route = routeTable(pools.flatMap((owner) => owner.spec.paths.map((prefix) => ({ prefix, owner }))));
  return openGateway(options.door, limits.maxConnections, route, {
    maxBodyBytes: limits.maxBodyBytes,
    trustProxy: options.trustProxy ?? false,
    clock,
    warn: (line) => say(options, null, line),
  });
}

type Guard = ProcessHost['guard'];

function starter(options: RuntimeOptions, clock: Clock, limits: RuntimeLimits, guards: Guard[]): Start {
  return (spec) => (changed) => {
    const host: ProcessHost = {
      clock,
      startLimitMs: limits.startLimitMs,
      command: (of, port) => functionCommand(of, port, options),
      emit: (stream, line) => options.log({ function: spec.name, pid: started.pid, stream, line }),
      guard: {
        add: (pid) => guards.forEach((guard) => guard.add(pid)),
        remove: (pid) => guards.forEach((guard) => guard.remove(pid)),
      },
    };
    const started = startFunctionProcess(spec, host, changed);
    return started;
  };
}

function startConsumers(
  options: RuntimeOptions,
  clock: Clock,
  parts: Parts,
  specs: ConsumerSpec[],
  start: Start,
): void {
  for (const spec of specs) {
    const { name } = spec.process;
    const maxReplicas = Math.min(spec.maxReplicas, options.maxProcesses?.[name] ?? spec.maxReplicas);
    const warn = (line: string) => say(options, name, line);
    const limited = { ...spec, maxReplicas };
    parts.consumers.push(new QueueConsumer(limited, start(spec.process), clock, options.countQueue, warn));
  }
}

function startPings(options: RuntimeOptions, clock: Clock, { pools, stop }: Parts, specs: PingSpec[]): void {
  for (const spec of specs) {
    const pool = pools.find((candidate) => candidate.spec.process.name === spec.functionName);
    if (!pool) continue;
    const send: SendPing = (delivery, signal) => sendToFunction(pool, delivery, clock, signal);
    void runPingSource(spec, clock, send, stop.signal, (line) => say(options, spec.functionName, line));
  }
}

function say(options: RuntimeOptions, name: string | null, line: string): void {
  options.log({ function: name, pid: null, stream: 'runtime', line });
}
