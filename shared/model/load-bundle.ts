import { createHash } from 'node:crypto';
import { z } from 'zod';
import { GeoCropError } from '#shared/domain/errors.ts';
import { ensembleOf, type Ensemble, type EnsembleMember } from './ensemble.ts';
import { modelManifestSchema, modelSamplesSchema, type ModelManifest, type ModelSamples } from './model-manifest.ts';
import { compileMember, openMember, type MemberForm } from './open-member.ts';

/** Reads a file of a bundle by its plain name; null where it does not exist. */
export type ReadBundleFile = (name: string) => Promise<Uint8Array | null>;

/** What the product computes, against which a bundle is checked. */
export interface FeatureSet {
  version: string;
  count: number;
}

/** A member larger than this is not a crop model of this form. */
export const maxMemberBytes = 256 * 1024 * 1024;
const maxJsonBytes = 32 * 1024 * 1024;
/** Float32 thresholds and sums differ from the libraries' own in the last bits, no more. */
export const sampleTolerance = 1e-5;

const damaged = (what: string, cause?: unknown) => new GeoCropError('damaged-model', what, { field: 'model', cause });

async function readJson<T>(read: ReadBundleFile, file: string, schema: z.ZodType<T>, bundle: string): Promise<T> {
  const bytes = await read(file);
  if (!bytes) throw damaged(`the model in ${bundle} has no ${file}`);
  if (bytes.length > maxJsonBytes)
    throw damaged(`${file} of the model in ${bundle} is larger than ${maxJsonBytes} bytes`);
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder().decode(bytes));
  } catch (cause) {
    throw damaged(`${file} of the model in ${bundle} is not JSON: ${(cause as Error).message}`, cause);
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw damaged(`${file} of the model in ${bundle} is wrong at ${issue.path.join('.') || 'its top'}: ${issue.message}`);
}

/** The checked `model.json` of a bundle. */
export async function readManifest(read: ReadBundleFile, bundle: string, features: FeatureSet): Promise<ModelManifest> {
  const manifest = await readJson(read, 'model.json', modelManifestSchema, bundle);
  if (manifest.featureVersion !== features.version)
    throw damaged(
      `the model ${manifest.name} was trained on ${manifest.featureVersion}; this release computes ${features.version} and cannot serve it`,
    );
  return manifest;
}

/** The rows that came with a bundle to prove that it answers here as it did where it was trained. */
export const readSamples = (read: ReadBundleFile, bundle: string): Promise<ModelSamples> =>
  readJson(read, 'samples.json', modelSamplesSchema, bundle);

/** What computes each member of a loaded ensemble, in words for whoever runs the deployment. */
export function servedBy({ members }: Pick<LoadedEnsemble, 'members'>): string[] {
  return members.map(({ file, reason }) =>
    reason === null ? `${file} is compiled` : `${file} runs on ONNX Runtime, many times slower: ${reason}`,
  );
}

/** An ensemble whose members say what computes them. */
export interface LoadedEnsemble extends Ensemble {
  members: readonly Pick<EnsembleMember, 'file' | 'weight' | 'reason'>[];
}

/** A bundle that is read and compiled once and can be sent to other threads; each opens it for itself. */
export interface CompiledEnsemble {
  model: string;
  features: number;
  classes: number;
  members: { file: string; weight: number; form: MemberForm }[];
}

/** Reads every member, its hash and class count checked, and compiles forests. */
export async function compileEnsemble(
  read: ReadBundleFile,
  { name, classes, members }: ModelManifest,
  features: FeatureSet,
): Promise<CompiledEnsemble> {
  const compiled: CompiledEnsemble = { model: name, features: features.count, classes: classes.length, members: [] };
  for (const { file, weight, sha256 } of members) {
    const bytes = await memberBytes(read, file, sha256, name);
    const shape = { features: features.count, classes: classes.length };
    compiled.members.push({ file, weight, form: await ofMember(name, file, compileMember(bytes, shape)) });
  }
  return compiled;
}

/** What does not fit the form of a compiled forest runs as a single-threaded session of ONNX Runtime. */
export async function openEnsemble({ model, features, classes, members }: CompiledEnsemble): Promise<LoadedEnsemble> {
  const opened: EnsembleMember[] = [];
  for (const { file, weight, form } of members)
    opened.push({ file, weight, ...(await ofMember(model, file, openMember(form))) });
  const ensemble = ensembleOf(opened, classes, features);
  await ensemble.predict(new Float32Array(features)).catch((cause: Error) => {
    throw damaged(`the model ${model} does not classify a row of ${features} features: ${cause.message}`, cause);
  });
  return { ...ensemble, members: opened };
}

/** Compiles and opens a bundle for this thread. */
export const loadEnsemble = async (
  read: ReadBundleFile,
  manifest: ModelManifest,
  features: FeatureSet,
): Promise<LoadedEnsemble> => openEnsemble(await compileEnsemble(read, manifest, features));

const ofMember = <T>(model: string, file: string, work: Promise<T>): Promise<T> =>
  work.catch((cause: Error) => {
    throw damaged(`${file} of the model ${model} ${cause.message}`, cause);
  });

async function memberBytes(read: ReadBundleFile, file: string, sha256: string, model: string): Promise<Uint8Array> {
  const bytes = await read(file);
  if (!bytes) throw damaged(`the model ${model} has no file ${file}`);
  if (bytes.length > maxMemberBytes)
    throw damaged(`${file} of the model ${model} is larger than ${maxMemberBytes} bytes`);
  const actual = createHash('sha256').update(bytes).digest('hex');
  if (actual !== sha256)
    throw damaged(`${file} of the model ${model} is damaged: its SHA-256 is ${actual}, model.json says ${sha256}`);
  return bytes;
}

/** Refuses a bundle whose answers for its own sample rows are not the ones that came with it. */
export async function checkSamples(ensemble: Ensemble, samples: ModelSamples, model: string): Promise<number> {
  const { rows, expected } = samples;
  if (rows.length !== expected.length)
    throw damaged(`samples.json of the model ${model} has ${rows.length} rows and ${expected.length} expectations`);
  if (isUneven(rows) || isUneven(expected))
    throw damaged(`samples.json of the model ${model} has rows or expectations of different lengths`);
  const actual = await ensemble.predict(Float32Array.from(rows.flat())).catch((cause: Error) => {
    throw damaged(`the model ${model} does not classify its own sample rows: ${cause.message}`, cause);
  });
  if (expected[0].length !== ensemble.classes || actual.length !== rows.length * ensemble.classes)
    throw damaged(`samples.json of the model ${model} expects another number of features or classes`);
  const worst = expected.flat().reduce((max, value, i) => Math.max(max, Math.abs(value - actual[i])), 0);
  if (!(worst <= sampleTolerance))
    throw damaged(
      `the model ${model} does not answer here as it did where it was trained: its sample rows differ by up to ${worst.toExponential(1)}`,
    );
  return worst;
}

const isUneven = (table: readonly number[][]) => table.some((row) => row.length !== table[0].length);
