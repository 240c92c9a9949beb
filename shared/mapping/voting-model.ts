import type { Ensemble } from '#shared/model/ensemble.ts';
import type { ReadBundleFile } from '#shared/model/bundle-files.ts';
import { loadEnsemble } from '#shared/model/load-ensemble.ts';
import type { FeatureSet } from '#shared/model/read-bundle.ts';
import type { ModelManifest } from '#shared/model/model-manifest.ts';

/** What a member says of a pixel. */
export interface Vote {
  /** File of the member in its bundle. */
  member: string;
  /** As the manifest states it; only its share of the sum counts. */
  weight: number;
  /** By class, summing to 1. */
  probabilities: number[];
}

/** A model whose members can be asked one by one. */
export interface VotingModel {
  manifest: ModelManifest;
  /**
   * @param features 51 values of one pixel
   * @returns the votes in the order of the manifest, and their weighted mean as the whole ensemble computes it
   */
  vote(features: Float32Array): Promise<{ votes: Vote[]; probabilities: number[] }>;
  /** Members and their mean as one, as a map's pixels are classified. */
  ensemble: Ensemble;
  release(): Promise<void>;
}

/** Loads each member of a bundle as an ensemble of its own: one session each, as in the whole. */
export async function loadVotingModel(
  read: ReadBundleFile,
  manifest: ModelManifest,
  features: FeatureSet,
): Promise<VotingModel> {
  const members: Ensemble[] = [];
  for (const member of manifest.members)
    members.push(await loadEnsemble(read, { ...manifest, members: [{ ...member, weight: 1 }] }, features));
  const predict = async (rows: Float32Array, signal?: AbortSignal): Promise<Float32Array[]> => {
    const answers: Float32Array[] = [];
    for (const member of members) answers.push(await member.predict(rows, signal));
    return answers;
  };
  const release = async () => {
    for (const member of members) await member.release();
  };
  const weighted = weightedMean(manifest);
  return {
    manifest,
    release,
    async vote(row) {
      const answers = await predict(row);
      const votes = manifest.members.map(({ file, weight }, i) => ({
        member: file,
        weight,
        probabilities: [...answers[i]],
      }));
      return { votes, probabilities: [...weighted(answers)] };
    },
    ensemble: {
      classes: manifest.classes.length,
      predict: async (rows, signal) => weighted(await predict(rows, signal)),
      release,
    },
  };
}

/** The mean of the members' answers, added up in float32 in their order as `ensembleOf` does, so that no bit differs. */
function weightedMean({ members }: ModelManifest) {
  const total = members.reduce((sum, { weight }) => sum + weight, 0);
  return (answers: readonly Float32Array[]): Float32Array => {
    const out = new Float32Array(answers[0].length);
    answers.forEach((answer, member) => {
      for (let i = 0; i < out.length; i++) out[i] += (answer[i] * members[member].weight) / total;
    });
    return out;
  };
}
