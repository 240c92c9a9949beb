import { InferenceSession, Tensor } from 'onnxruntime-node';

/** What ONNX Runtime answers on one thread. */
export interface RuntimeAnswers {
  /** [row][answer] */
  answers: Float32Array;
  /** Index of the class of each row; null for a regressor. */
  labels: Int32Array | null;
}

/** Runs an ONNX file as the product did before it compiled forests. */
export async function runtimeAnswers(file: Uint8Array, rows: Float32Array, features: number): Promise<RuntimeAnswers> {
  const session = await InferenceSession.create(file, {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    logSeverityLevel: 4,
  });
  const input = new Tensor('float32', rows, [rows.length / features, features]);
  const results = await session.run({ [session.inputNames[0]]: input });
  const tensors = session.outputNames.map((name) => results[name]);
  const labels = tensors.find(({ type }) => type === 'int64');
  await session.release();
  return {
    answers: tensors.find(({ type }) => type === 'float32')!.data as Float32Array,
    labels: labels ? Int32Array.from(labels.data as BigInt64Array, Number) : null,
  };
}
