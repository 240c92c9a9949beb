import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';

const maxBytes = 1_000_000;
const maxFiles = 500;
const objectSchema = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({ name: z.string().min(1) }),
});

/** One object of a manifest folder, with the words by which an error names it. */
export interface ManifestObject {
  subject: string;
  /** Group and kind, for instance `serving.knative.dev/Service`; the core group is empty: `/ConfigMap`. */
  type: string;
  name: string;
  value: unknown;
}

/** Every object of the YAML files right in `folder`, in the order of their names. Throws on a file that is not YAML. */
export async function readObjects(folder: string): Promise<ManifestObject[]> {
  const names = (await readdir(folder)).filter((name) => /\.ya?ml$/.test(name)).sort();
  if (names.length > maxFiles) throw new Error(`${folder} holds ${names.length} manifests; ${maxFiles} is the most`);
  const objects: ManifestObject[] = [];
  for (const name of names) objects.push(...(await readManifest(folder, name)));
  return objects;
}

async function readManifest(folder: string, file: string): Promise<ManifestObject[]> {
  const path = join(folder, file);
  const { size } = await stat(path);
  if (size > maxBytes) throw new Error(`${file} is ${size} bytes; a manifest has at most ${maxBytes}`);
  const documents = parseAllDocuments(await readFile(path, 'utf8'));
  if ('empty' in documents) return [];
  const broken = documents.flatMap((document) => document.errors)[0];
  if (broken) throw new Error(`${file} is not YAML: ${broken.message}`, { cause: broken });
  // An alias may not multiply a small file into a large object.
  const values = documents.map((document) => document.toJS({ maxAliasCount: 100 }) as unknown);
  return values.filter((value) => value !== null && !isKustomization(value)).map((value) => toObject(file, value));
}

function isKustomization(value: unknown): boolean {
  return (value as { kind?: unknown }).kind === 'Kustomization';
}

function toObject(file: string, value: unknown): ManifestObject {
  const parsed = objectSchema.safeParse(value);
  if (!parsed.success) throw new Error(`${file} holds something that is not a Kubernetes object with a name`);
  const { apiVersion, kind, metadata } = parsed.data;
  const group = apiVersion.includes('/') ? apiVersion.split('/')[0] : '';
  return { subject: `${file}, ${kind} ${metadata.name}`, type: `${group}/${kind}`, name: metadata.name, value };
}
