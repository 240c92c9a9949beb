import type { InferenceSession } from 'onnxruntime-node';
import type { EnsembleMember } from './ensemble.ts';
import { compileForest, openForest, type CompiledForest, type OpenForest } from './forest/compile-forest.ts';
import { answersOf, type Forest } from './forest/forest.ts';
import { readOnnx, type OnnxModel } from './forest/onnx-file.ts';
import { readForest } from './forest/read-forest.ts';

/** What a member must read and answer. */
export interface MemberShape {
  features: number;
  classes: number;
}

export type OpenMember = Pick<EnsembleMember, 'reason' | 'predict' | 'release'>;

/** What an ONNX file is served as, to be sent to other threads: a compiled forest, or by ONNX Runtime for a reason. */
export type MemberForm = { forest: CompiledForest; reason: null } | { onnx: Uint8Array; reason: string };

/**
 * Reads an ONNX file: compiled where it is a forest of the form that is served so, for ONNX Runtime where it is not.
 * A file that is no ONNX, trees that nobody could walk and other numbers of features or classes throw an Error whose
 * message continues "<file> of the model <name> ...".
 */
export async function compileMember(bytes: Uint8Array, shape: MemberShape): Promise<MemberForm> {
  const model = parse(bytes);
  const { forest, reason } = read(model);
  if (!forest) return { onnx: bytes, reason };
  checkShape(forest, model, shape);
  const result = await compileForest(forest, shape.features);
  return result.compiled ? { forest: result.compiled, reason: null } : { onnx: bytes, reason: result.reason };
}

/** What ONNX Runtime cannot load throws as `compileMember` does. */
export const openMember = async (form: MemberForm): Promise<OpenMember> =>
  form.reason === null ? memberOf(form.forest) : openSession(form.onnx, form.reason);

function parse(bytes: Uint8Array): OnnxModel {
  try {
    return readOnnx(bytes);
  } catch (cause) {
    throw new Error(`is not an ONNX model: ${(cause as Error).message}`, { cause });
  }
}

function read(model: OnnxModel): ReturnType<typeof readForest> {
  try {
    return readForest(model);
  } catch (cause) {
    throw new Error(`is not a forest that can be walked: ${(cause as Error).message}`, { cause });
  }
}

function checkShape(forest: Forest, { inputs }: OnnxModel, { features, classes }: MemberShape): void {
  const declared = inputs[0].dims[1] ?? features;
  if (declared !== features || forest.featureCount > features)
    throw new Error(
      `reads ${Math.max(declared, forest.featureCount)} features and does not classify a row of ${features} features`,
    );
  if (answersOf(forest) !== classes)
    throw new Error(`answers ${answersOf(forest)} probabilities a row; model.json lists ${classes} classes`);
}

function memberOf(compiled: CompiledForest): OpenMember {
  let forest: OpenForest | null = openForest(compiled);
  let out = new Float32Array();
  return {
    reason: null,
    predict(rows, count) {
      if (!forest) throw new Error('the model was released');
      const length = count * compiled.answers;
      if (out.length < length) out = new Float32Array(length);
      forest.predict(rows, out);
      return out.subarray(0, length);
    },
    release: async () => {
      forest = null;
    },
  };
}

async function openSession(bytes: Uint8Array, reason: string): Promise<OpenMember> {
  // Loaded when first needed: compiled forests start without the library.
  const { InferenceSession, Tensor } = await import('onnxruntime-node');
  const session = await createSession(bytes, InferenceSession);
  const output = probabilityOutput(session);
  return {
    reason,
    async predict(rows, count) {
      const input = new Tensor('float32', rows, [count, rows.length / count]);
      const answers = await session.run({ [session.inputNames[0]]: input }, [output]);
      return answers[output].data as Float32Array;
    },
    release: () => session.release(),
  };
}

async function createSession(
  bytes: Uint8Array,
  sessions: (typeof import('onnxruntime-node'))['InferenceSession'],
): Promise<InferenceSession> {
  try {
    return await sessions.create(bytes, {
      executionProviders: ['cpu'],
      intraOpNumThreads: 1,
      interOpNumThreads: 1,
      executionMode: 'sequential',
      enableCpuMemArena: false,
      logSeverityLevel: 4,
    });
  } catch (cause) {
    throw new Error(`is not an ONNX model that ONNX Runtime can load: ${(cause as Error).message}`, { cause });
  }
}

/** The float tensor of a classifier that is not its label. */
function probabilityOutput({ inputNames, outputNames, outputMetadata }: InferenceSession): string {
  const found = outputMetadata.filter((output) => output.isTensor && output.type === 'float32');
  if (inputNames.length === 1 && found.length === 1) return found[0].name;
  throw new Error(
    `must have one input and one float output of probabilities (no ZipMap); its outputs are ${outputNames.join(', ')}`,
  );
}
