import { z } from 'zod';
import { consumerSpec, pingSpec } from './consumer-spec.ts';
import type { ValueSets } from './container-env.ts';
import type { ConsumerSpec, Manifests } from './function-spec.ts';
import { pingSourceSchema } from './ping-schema.ts';
import { readObjects, type ManifestObject } from './read-objects.ts';
import { manifestError } from './refused.ts';
import { deploymentSchema, scaledObjectSchema } from './scaled-schema.ts';
import { serviceSchema } from './service-schema.ts';
import { serviceSpec } from './service-spec.ts';
import { valueSets } from './value-sets.ts';

/** Kinds that would run or route something, so that leaving them out would be a silent loss. */
const cannotRun =
  /^(batch\/.*|apps\/(StatefulSet|DaemonSet|ReplicaSet)|\/Pod|keda\.sh\/ScaledJob|serving\.knative\.dev\/.*|(sources|eventing|messaging|flows|sinks)\.knative\.dev\/.*)$/;

/**
 * Reads the manifests of a folder. What only concerns a cluster (accounts, policies, budgets) is passed over;
 * throws one sentence on anything that would behave differently here than there.
 */
export async function loadManifests(
  folder: string,
  secrets: Record<string, Record<string, string>> = {},
): Promise<Manifests> {
  const objects = await readObjects(folder);
  const sets = valueSets(objects, secrets);
  const of = (type: string) => objects.filter((object) => object.type === type);
  refuseUnknown(objects);
  const services = of('serving.knative.dev/Service').map((object) =>
    build(object, serviceSchema, (manifest) => serviceSpec(manifest, sets)),
  );
  const consumers = pairConsumers(of('apps/Deployment'), of('keda.sh/ScaledObject'), sets);
  const pings = of('sources.knative.dev/PingSource').map((object) => build(object, pingSourceSchema, pingSpec));
  return checkNames({ services, consumers, pings });
}

function build<T, S>({ subject, value }: ManifestObject, schema: z.ZodType<T>, make: (manifest: T) => S): S {
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw manifestError(subject, parsed.error);
  try {
    return make(parsed.data);
  } catch (error) {
    throw new Error(`${subject}: ${(error as Error).message}`, { cause: error });
  }
}

function refuseUnknown(objects: ManifestObject[]): void {
  const known = ['serving.knative.dev/Service', 'sources.knative.dev/PingSource'];
  const bad = objects.find(({ type }) => cannotRun.test(type) && !known.includes(type));
  if (bad) throw new Error(`${bad.subject}: the local runtime cannot run a ${bad.type}`);
}

function pairConsumers(deployments: ManifestObject[], scaled: ManifestObject[], sets: ValueSets): ConsumerSpec[] {
  const parsed = scaled.map((object) => build(object, scaledObjectSchema, (manifest) => manifest));
  const named = new Set(deployments.map(({ name }) => name));
  const lost = parsed.find(({ spec }) => !named.has(spec.scaleTargetRef.name));
  if (lost)
    throw new Error(`ScaledObject ${lost.metadata.name}: there is no Deployment ${lost.spec.scaleTargetRef.name}`);
  return deployments.map((object) => {
    const scalers = parsed.filter(({ spec }) => spec.scaleTargetRef.name === object.name);
    if (scalers.length !== 1)
      throw new Error(`${object.subject}: has ${scalers.length} ScaledObjects; a consumer has exactly one`);
    return build(object, deploymentSchema, (manifest) => consumerSpec(manifest, scalers[0], sets));
  });
}

function checkNames(manifests: Manifests): Manifests {
  const { services, consumers, pings } = manifests;
  const names = [...services, ...consumers].map(({ process }) => process.name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice) throw new Error(`two manifests are called ${twice}; a name is a function's folder`);
  const lost = pings.find((ping) => !services.some(({ process }) => process.name === ping.functionName));
  if (lost) throw new Error(`PingSource ${lost.name}: there is no Service ${lost.functionName}`);
  return manifests;
}
