import { containerEnv, type ValueSets } from './container-env.ts';
import type { ContainerManifest } from './container-schema.ts';
import type { ProbeSpec, ProcessSpec } from './function-spec.ts';
import type { ProbeManifest } from './probe-schema.ts';

/** What Knative asks where a manifest asks nothing: does the port accept a connection. */
const defaultReadiness: ProbeSpec = {
  kind: 'tcp',
  path: '/',
  headers: {},
  command: [],
  initialDelayMs: 0,
  periodMs: 0,
  timeoutMs: 1000,
  successThreshold: 1,
  failureThreshold: 3,
};

/** One process as its container describes it. */
export function processSpec(
  name: string,
  container: ContainerManifest,
  sets: ValueSets,
  { graceSeconds, readyPeriodSeconds }: { graceSeconds: number; readyPeriodSeconds: number },
): ProcessSpec {
  const port = container.ports[0]?.containerPort ?? 8080;
  return {
    name,
    command: container.command,
    args: container.args,
    workingDir: container.workingDir,
    env: containerEnv(container.env, container.envFrom, sets),
    readiness: container.readinessProbe
      ? readinessSpec(container.readinessProbe, port, readyPeriodSeconds)
      : defaultReadiness,
    liveness: container.livenessProbe ? probeSpec(container.livenessProbe, port) : null,
    memoryLimitBytes: container.resources?.limits?.memory ?? null,
    graceMs: graceSeconds * 1000,
  };
}

/** Where Knative asks as often as it can, it sets the other times itself and refuses them in a manifest. */
function readinessSpec(probe: ProbeManifest, port: number, defaultPeriod: number): ProbeSpec {
  const periodSeconds = probe.periodSeconds ?? defaultPeriod;
  if (periodSeconds === 0 && (probe.failureThreshold || probe.timeoutSeconds))
    throw new Error('a readinessProbe without periodSeconds may set neither failureThreshold nor timeoutSeconds');
  return probeSpec({ ...probe, periodSeconds }, port);
}

function probeSpec(probe: ProbeManifest, containerPort: number): ProbeSpec {
  const { httpGet, tcpSocket, exec } = probe;
  const port = (httpGet ?? tcpSocket)?.port ?? 0;
  if (![0, containerPort, 'http1'].includes(port))
    throw new Error(`a probe asks port ${port}, but the function listens on ${containerPort}`);
  return {
    kind: httpGet ? 'http' : exec ? 'exec' : 'tcp',
    path: httpGet?.path ?? '/',
    headers: Object.fromEntries((httpGet?.httpHeaders ?? []).map(({ name, value }) => [name, value])),
    command: exec?.command ?? [],
    ...times(probe),
  };
}

/** What a manifest leaves out is as Kubernetes has it. */
function times(probe: ProbeManifest) {
  return {
    initialDelayMs: (probe.initialDelaySeconds ?? 0) * 1000,
    periodMs: (probe.periodSeconds ?? 10) * 1000,
    timeoutMs: (probe.timeoutSeconds ?? 1) * 1000,
    successThreshold: probe.successThreshold ?? 1,
    failureThreshold: probe.failureThreshold ?? 3,
  };
}
