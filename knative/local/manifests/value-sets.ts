import { z } from 'zod';
import type { ValueSets } from './container-env.ts';
import type { ManifestObject } from './read-objects.ts';
import { manifestError } from './refused.ts';

const setSchema = z.object({
  data: z.record(z.string(), z.string()).default({}),
  stringData: z.record(z.string(), z.string()).default({}),
});

/** The ConfigMaps and Secrets of the manifests; `secrets` are the caller's, which a repository must not hold. */
export function valueSets(objects: ManifestObject[], secrets: Record<string, Record<string, string>>): ValueSets {
  const all = (type: string) => objects.filter((object) => object.type === type);
  const configMaps = all('/ConfigMap').map((object) => [object.name, readSet(object).data] as const);
  const written = all('/Secret').map((object) => [object.name, decoded(readSet(object))] as const);
  return { configMaps: new Map(configMaps), secrets: new Map([...written, ...Object.entries(secrets)]) };
}

function readSet({ value, subject }: ManifestObject) {
  const parsed = setSchema.safeParse(value);
  if (!parsed.success) throw manifestError(subject, parsed.error);
  return parsed.data;
}

function decoded({ data, stringData }: z.infer<typeof setSchema>): Record<string, string> {
  const plain = Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString('utf8')]);
  return { ...Object.fromEntries(plain), ...stringData };
}
