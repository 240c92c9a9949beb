import { createHash } from 'node:crypto';
import { canonicalJson } from '#shared/domain/canonical-json.ts';
import type { ChunkId } from '#shared/domain/grid.ts';
import { featureVersion } from '#shared/features/feature-names.ts';
import type { ModelManifest } from '#shared/model/model-manifest.ts';
import type { OutputForm, TaskScene } from './chunk-task.ts';
import { kernelVersion } from './kernel-version.ts';

const sha256 = (data: string | Uint8Array) => createHash('sha256').update(data).digest('hex');

/** A chunk that is all AOI has the same mask in every job. */
export const maskIdentity = (mask: Uint8Array): string => (mask.every((pixel) => pixel === 1) ? 'full' : sha256(mask));

export interface PartInputs {
  chunk: ChunkId;
  /** See `maskIdentity`. */
  maskId: string;
  observations: TaskScene[][];
  season: string;
  year: number;
  output: OutputForm;
  model: ModelManifest | null;
}

/** The name of a part: a hash of everything that its bytes depend on, so that equal work has an equal name. */
export function partKey({ chunk, maskId, observations, season, year, output, model }: PartInputs): string {
  return sha256(
    canonicalJson({
      kernelVersion,
      featureVersion,
      output,
      chunk,
      season,
      year,
      mask: maskId,
      scenes: observations.map((scenes) => scenes.map(sceneIdentity)),
      model: model && modelFacts(model),
    }),
  );
}

/** What of a model its results depend on. */
const modelFacts = ({ name, version, classes, members, smoothing }: ModelManifest) => ({
  name,
  version,
  classes,
  members,
  smoothing,
});

/** Tells a model from whatever is installed under its name later. */
export const modelIdentity = (model: ModelManifest): string => sha256(canonicalJson(modelFacts(model)));

const sceneIdentity = ({ id, datetime, assets }: TaskScene) => ({
  id,
  datetime,
  assets: Object.fromEntries(
    Object.entries(assets).map(([band, { identity, scale, offset }]) => [band, { identity, scale, offset }]),
  ),
});
