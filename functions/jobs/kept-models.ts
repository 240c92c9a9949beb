import { modelIdentity } from '#shared/mapping/part-key.ts';
import { loadVotingModel, type VotingModel } from '#shared/mapping/voting-model.ts';
import type { FeatureSet } from '#shared/model/read-bundle.ts';
import type { InstalledModel } from '#shared/model/model-folder.ts';

/**
 * Loads a model when it is first asked for and keeps the last one: a model is a large part of the memory that there is.
 * One that has been replaced on the disk is loaded anew.
 */
export function keptModels(
  find: (name: string) => Promise<InstalledModel>,
  features: FeatureSet,
): (name: string) => Promise<VotingModel> {
  let kept: { identity: string; model: Promise<VotingModel> } | null = null;
  return async (name) => {
    const { manifest, read } = await find(name);
    const identity = modelIdentity(manifest);
    if (kept?.identity === identity) return kept.model;
    const entry = { identity, model: loadVotingModel(read, manifest, features) };
    kept = entry;
    entry.model.catch(() => {
      if (kept === entry) kept = null;
    });
    return entry.model;
  };
}
