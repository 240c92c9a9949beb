import { createHash } from 'node:crypto';
import { damagedModel as damaged, maxMemberBytes, type ReadBundleFile } from './bundle-files.ts';
import { ensembleOf, type Ensemble, type EnsembleMember } from './ensemble.ts';
import type { ModelManifest } from './model-manifest.ts';
import { compileMember, openMember, type MemberForm } from './open-member.ts';
import type { FeatureSet } from './read-bundle.ts';

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
