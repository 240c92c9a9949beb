import type { EnvFromManifest, EnvManifest } from './env-schema.ts';

/** ConfigMaps and Secrets by name, each a set of values. */
export interface ValueSets {
  configMaps: ReadonlyMap<string, Record<string, string>>;
  secrets: ReadonlyMap<string, Record<string, string>>;
}

type Reference = { name: string; key?: string; optional: boolean };

/** The environment that a container's `env` and `envFrom` describe; later entries win, `env` wins over `envFrom`. */
export function containerEnv(env: EnvManifest[], from: EnvFromManifest[], sets: ValueSets): Record<string, string> {
  const result: Record<string, string> = {};
  for (const { prefix, configMapRef, secretRef } of from) {
    const all = { ...wholeSet('ConfigMap', configMapRef, sets), ...wholeSet('Secret', secretRef, sets) };
    for (const [key, value] of Object.entries(all)) result[prefix + key] = value;
  }
  for (const entry of env) {
    const value = entryValue(entry, sets);
    if (value !== null) result[entry.name] = value;
  }
  return result;
}

function entryValue({ value, valueFrom }: EnvManifest, sets: ValueSets): string | null {
  if (!valueFrom) return value ?? '';
  const { configMapKeyRef, secretKeyRef } = valueFrom;
  if (configMapKeyRef) return oneValue('ConfigMap', configMapKeyRef, sets);
  return secretKeyRef ? oneValue('Secret', secretKeyRef, sets) : '';
}

function wholeSet(kind: 'ConfigMap' | 'Secret', reference: Reference | undefined, sets: ValueSets) {
  if (!reference) return {};
  const found = (kind === 'Secret' ? sets.secrets : sets.configMaps).get(reference.name);
  if (found || reference.optional) return found ?? {};
  throw new Error(`needs the ${kind} ${reference.name}, which neither the manifests nor the caller bring`);
}

function oneValue(kind: 'ConfigMap' | 'Secret', reference: Reference & { key: string }, sets: ValueSets) {
  const value = wholeSet(kind, reference, sets)[reference.key];
  if (value !== undefined) return value;
  if (reference.optional) return null;
  throw new Error(`needs ${reference.key} of the ${kind} ${reference.name}, which is not in it`);
}
