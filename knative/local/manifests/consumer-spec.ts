import type { ValueSets } from './container-env.ts';
import type { ConsumerSpec, PingSpec } from './function-spec.ts';
import type { PingSourceManifest } from './ping-schema.ts';
import { processSpec } from './process-spec.ts';
import type { DeploymentManifest, ScaledObjectManifest } from './scaled-schema.ts';

/** A function that consumes a queue, as its Deployment and the ScaledObject on it describe it. */
export function consumerSpec(
  deployment: DeploymentManifest,
  { spec }: ScaledObjectManifest,
  sets: ValueSets,
): ConsumerSpec {
  const { containers, terminationGracePeriodSeconds } = deployment.spec.template.spec;
  const { queueURL, queueLength, activationQueueLength, scaleOnInFlight } = spec.triggers[0].metadata;
  if (spec.minReplicaCount > spec.maxReplicaCount)
    throw new Error(`minReplicaCount ${spec.minReplicaCount} is above maxReplicaCount ${spec.maxReplicaCount}`);
  return {
    process: processSpec(deployment.metadata.name, containers[0], sets, {
      graceSeconds: terminationGracePeriodSeconds,
      readyPeriodSeconds: 10,
    }),
    queue: queueName(queueURL),
    pollMs: spec.pollingInterval * 1000,
    cooldownMs: spec.cooldownPeriod * 1000,
    minReplicas: spec.minReplicaCount,
    maxReplicas: spec.maxReplicaCount,
    messagesPerReplica: queueLength,
    activationMessages: activationQueueLength,
    countInFlight: scaleOnInFlight,
  };
}

/** An event on a schedule, as its PingSource describes it. */
export function pingSpec({ metadata, spec }: PingSourceManifest): PingSpec {
  return {
    name: metadata.name,
    namespace: metadata.namespace,
    schedule: spec.schedule,
    contentType: spec.contentType,
    data: spec.data,
    functionName: spec.sink.ref.name,
    path: spec.sink.uri,
  };
}

/** Whatever the adapter, the last part of a queue's address is its name. */
function queueName(address: string): string {
  const name = new URL(address).pathname.split('/').at(-1) ?? '';
  if (!/^[A-Za-z0-9_-]{1,80}$/.test(name)) throw new Error(`queueURL ${address} does not end in the name of a queue`);
  return name;
}
