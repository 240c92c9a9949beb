import type { ValueSets } from './container-env.ts';
import type { ServiceSpec } from './function-spec.ts';
import { processSpec } from './process-spec.ts';
import type { ServiceManifest } from './service-schema.ts';

/** Knative's default for requests per process where a Service sets neither a target nor a limit. */
const defaultTarget = 100;
const path = /^(\/[A-Za-z0-9._~-]+)+$/;

/** The annotation of a Service that lists the path prefixes it owns; the gateway and the ingress follow it. */
export const pathsAnnotation = 'geocrop/paths';

/** A function that answers requests, as its Knative Service describes it. */
export function serviceSpec({ metadata, spec }: ServiceManifest, sets: ValueSets): ServiceSpec {
  const { containers, containerConcurrency, timeoutSeconds } = spec.template.spec;
  const scaling = spec.template.metadata.annotations;
  const maxScale = scaling['autoscaling.knative.dev/max-scale'];
  const minScale = scaling['autoscaling.knative.dev/min-scale'];
  if (minScale > maxScale) throw new Error(`min-scale ${minScale} is above max-scale ${maxScale}`);
  const reserved = containers[0].env.find(({ name }) =>
    ['PORT', 'K_SERVICE', 'K_REVISION', 'K_CONFIGURATION'].includes(name),
  );
  if (reserved) throw new Error(`sets ${reserved.name}, which is reserved: Knative sets it itself`);
  const limit = containerConcurrency || Number.POSITIVE_INFINITY;
  return {
    // A revision's grace is its request timeout: whoever was let in may finish.
    process: processSpec(metadata.name, containers[0], sets, { graceSeconds: timeoutSeconds, readyPeriodSeconds: 0 }),
    paths: ownedPaths(metadata.annotations[pathsAnnotation] ?? ''),
    concurrency: containerConcurrency,
    timeoutMs: timeoutSeconds * 1000,
    minScale,
    maxScale,
    // Knative starts one process per new revision unless told otherwise; here everything starts at the first request.
    initialScale: Math.max(scaling['autoscaling.knative.dev/initial-scale'] ?? 0, minScale),
    target: Math.min(scaling['autoscaling.knative.dev/target'] ?? defaultTarget, limit),
    idleMs: scaling['autoscaling.knative.dev/window'] + scaling['autoscaling.knative.dev/scale-down-delay'],
  };
}

function ownedPaths(annotation: string): string[] {
  const paths = annotation.split(',').map((part) => part.trim());
  const all = paths.filter((part) => part !== '');
  const bad = all.find((part) => part !== '/' && !isPrefix(part));
  if (bad !== undefined) throw new Error(`${pathsAnnotation} has ${JSON.stringify(bad)}, which is not a path prefix`);
  return all;
}

const isPrefix = (part: string) => path.test(part) && !part.split('/').some((segment) => /^\.+$/.test(segment));
