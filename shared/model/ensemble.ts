import type { InferenceSession, Tensor } from 'onnxruntime-node';

/** Rows per run: small enough for heartbeats and probes between two runs. */
export const maxBatchRows = 8192;

/** A bundle that is loaded and ready to classify. */
export interface Ensemble {
  /** Number of classes, the columns of the probabilities. */
  classes: number;
  /**
   * @param features [row][feature], float32
   * @returns [row][class]: the weighted mean of the members' probabilities, each row summing to 1
   */
  predict(features: Float32Array, signal?: AbortSignal): Promise<Float32Array>;
  release(): Promise<void>;
}

export interface EnsembleMember {
  file: string;
  session: InferenceSession;
  /** Name of the output that holds the probabilities. */
  output: string;
  weight: number;
}

type MakeTensor = (data: Float32Array, dims: readonly number[]) => Tensor;

/** Averages the probabilities of single-threaded sessions; bit-identical for any batch. */
export function ensembleOf(
  members: EnsembleMember[],
  classes: number,
  featureCount: number,
  tensor: MakeTensor,
): Ensemble {
  const total = members.reduce((sum, { weight }) => sum + weight, 0);

  async function predictBatch(batch: Float32Array, out: Float32Array): Promise<void> {
    const rows = batch.length / featureCount;
    for (const { file, session, output, weight } of members) {
      const result = await session.run({ [session.inputNames[0]]: tensor(batch, [rows, featureCount]) }, [output]);
      const probabilities = result[output].data as Float32Array;
      if (probabilities.length !== rows * classes)
        throw new Error(
          `${file} answered ${probabilities.length} probabilities for ${rows} rows of ${classes} classes`,
        );
      for (let i = 0; i < out.length; i++) out[i] += (probabilities[i] * weight) / total;
    }
  }

  return {
    classes,
    async predict(features, signal) {
      const rows = features.length / featureCount;
      const out = new Float32Array(rows * classes);
      for (let row = 0; row < rows; row += maxBatchRows) {
        signal?.throwIfAborted();
        const end = Math.min(rows, row + maxBatchRows);
        await predictBatch(
          features.subarray(row * featureCount, end * featureCount),
          out.subarray(row * classes, end * classes),
        );
      }
      return out;
    },
    async release() {
      for (const { session } of members) await session.release();
    },
  };
}
