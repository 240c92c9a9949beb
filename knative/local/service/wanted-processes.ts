import type { ConsumerSpec, ServiceSpec } from '../manifests/function-spec.ts';

/** Processes that a service needs for `requests` running and waiting ones, within its limits. */
export function wantedForRequests(
  requests: number,
  spec: Pick<ServiceSpec, 'target' | 'minScale' | 'maxScale'>,
): number {
  return Math.min(Math.max(Math.ceil(requests / spec.target), spec.minScale), spec.maxScale);
}

/** What a queue holds. */
export interface QueueCounts {
  ready: number;
  inFlight: number;
}

/** Processes that a consumer needs for what its queue holds, as KEDA counts them. */
export function wantedForQueue(
  counts: QueueCounts,
  spec: Pick<
    ConsumerSpec,
    'countInFlight' | 'activationMessages' | 'messagesPerReplica' | 'minReplicas' | 'maxReplicas'
  >,
): number {
  const messages = counts.ready + (spec.countInFlight ? counts.inFlight : 0);
  if (messages <= spec.activationMessages) return spec.minReplicas;
  const wanted = Math.ceil(messages / spec.messagesPerReplica);
  return Math.min(Math.max(wanted, 1, spec.minReplicas), spec.maxReplicas);
}
