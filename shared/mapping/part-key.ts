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

/**
 * The name of a part: a hash of everything that its bytes depend on, so that equal work has an equal name. Hashed is
 * the canonical JSON of it all, put together from its members in their order: `scenes` lies between `output` and
 * `season`.
 */
export function partKey({ chunk, maskId, observations, season, year, output, model }: PartInputs): string {
  const facts = model && modelFacts(model);
  const before = canonicalJson({ kernelVersion, featureVersion, output, chunk, mask: maskId, model: facts });
  const after = canonicalJson({ season, year });
  return sha256(`${before.slice(0, -1)},"scenes":${scenesJson(observations)},${after.slice(1)}`);
}

/** Chunks of the same scenes share one list of them (see `planJob`), which is long and then worked out once. */
function scenesJson(observations: TaskScene[][]): string {
  const known = jsonOf.get(observations);
  if (known !== undefined) return known;
  const json = canonicalJson(observations.map((scenes) => scenes.map(sceneIdentity)));
  jsonOf.set(observations, json);
  return json;
}

const jsonOf = new WeakMap<TaskScene[][], string>();

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
