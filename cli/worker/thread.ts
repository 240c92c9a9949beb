import { parentPort, workerData } from 'node:worker_threads';
import { projectRoot } from '#shared/config/project-root.ts';
import { readSettings } from '#shared/config/settings.ts';
import { featureSet } from '#shared/features/feature-names.ts';
import type { ChunkTask } from '#shared/mapping/chunk-task.ts';
import { computePart, type LoadedModel } from '#shared/mapping/compute-part.ts';
import { SharedClock } from '#shared/mapping/stopwatch.ts';
import { loadEnsemble } from '#shared/model/load-bundle.ts';
import { findModel } from '#shared/model/model-folder.ts';
import { directoryStore } from '#shared/storage/directory-store.ts';
import type { FromWorker, ToThread } from './messages.ts';
import { remoteReader } from './remote-reader.ts';
import { packError } from './send-error.ts';

const port = parentPort!;
const settings = readSettings(projectRoot);
const store = directoryStore(workerData as string);
const clock = new SharedClock();
const models = new Map<string, Promise<LoadedModel>>();
const { read, release, take } = remoteReader((request) => port.postMessage(request));
const send = (message: FromWorker) => port.postMessage(message);

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
    const record = await computePart(task, { model, read, store, onSceneRead, release, clock });
    send({ type: 'done', key, record, peakMemoryBytes: process.resourceUsage().maxRSS * 1024 });
  } catch (error) {
    send({ type: 'failed', key, error: packError(error) });
  }
}

port.on('message', (message: ToThread) => {
  if (message.type === 'tasks') message.tasks.forEach((task) => void compute(task));
  else take(message);
});
