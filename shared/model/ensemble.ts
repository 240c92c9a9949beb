import { setImmediate } from 'node:timers/promises';

/** Rows per run: few enough milliseconds for heartbeats and probes to be answered between two runs. */
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

/** One model of an ensemble, whatever computes it. */
export interface EnsembleMember {
  file: string;
  weight: number;
  /** Why it is not compiled but run by ONNX Runtime; null for a compiled forest. */
  reason: string | null;
  /**
   * @param rows [row][feature], float32
   * @returns [row][class], float32; where it is no promise, valid until the next call
   */
  predict(rows: Float32Array, count: number): Float32Array | Promise<Float32Array>;
  release(): Promise<void>;
}

/** Averages the probabilities of single-threaded members; bit-identical for any batch. */
export function ensembleOf(members: readonly EnsembleMember[], classes: number, featureCount: number): Ensemble {
  const total = members.reduce((sum, { weight }) => sum + weight, 0);

  async function predictBatch(batch: Float32Array, out: Float32Array): Promise<void> {
    const rows = batch.length / featureCount;
    for (const { file, weight, predict } of members) {
      const answer = predict(batch, rows);
      // Others may ask while this waits: what is there already is taken before anybody else's turn.
      const probabilities = answer instanceof Promise ? await answer : answer;
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
      if (!Number.isInteger(rows)) throw new Error(`${features.length} values are no rows of ${featureCount} features`);
      const out = new Float32Array(rows * classes);
      for (let row = 0; row < rows; row += maxBatchRows) {
        if (row > 0) await setImmediate();
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
      for (const { release } of members) await release();
    },
  };
}
