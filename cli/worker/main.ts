import { readSettings } from '#shared/config/settings.ts';
import { featureSet } from '#shared/features/feature-names.ts';
import { assetReader } from '#shared/mapping/asset-reader.ts';
import type { ChunkTask } from '#shared/mapping/chunk-task.ts';
import { computePart, type LoadedModel } from '#shared/mapping/compute-part.ts';
import { loadEnsemble } from '#shared/model/load-bundle.ts';
import { findModel } from '#shared/model/model-folder.ts';
import { directoryStore } from '#shared/storage/directory-store.ts';
import { openAssets } from '../open-assets.ts';
import { projectRoot } from '#shared/config/project-root.ts';
import type { FromWorker, ToWorker } from './messages.ts';
import { packError } from './send-error.ts';

// A worker computes one chunk at a time for the process that forked it, and ends with it.
const [folder] = process.argv.slice(2);
const settings = readSettings(projectRoot);
const store = directoryStore(folder);
const read = assetReader(openAssets(settings));
const models = new Map<string, Promise<LoadedModel>>();

const send = (message: FromWorker) => process.send!(message);

async function load(name: string): Promise<LoadedModel> {
  const { manifest, read: file } = await findModel(name, settings.modelFolders, featureSet);
  return { manifest, ensemble: await loadEnsemble(file, manifest, featureSet) };
}

function modelOf({ model }: ChunkTask): Promise<LoadedModel> | null {
  if (model === null) return null;
  const loaded = models.get(model) ?? load(model);
  models.set(model, loaded);
  return loaded;
}

async function compute(task: ChunkTask): Promise<void> {
  const { key } = task;
  try {
    const model = await modelOf(task);
    const onSceneRead = (sceneId: string) => send({ type: 'scene', key, sceneId });
    const record = await computePart(task, { model, read, store, onSceneRead });
    send({ type: 'done', key, record, peakMemoryBytes: process.resourceUsage().maxRSS * 1024 });
  } catch (error) {
    send({ type: 'failed', key, error: packError(error) });
  }
}

process.on('SIGINT', () => {});
process.on('disconnect', () => process.exit(0));
process.on('message', ({ task }: ToWorker) => void compute(task));
send({ type: 'ready' });
