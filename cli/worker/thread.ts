import { parentPort, workerData } from 'node:worker_threads';
import { projectRoot } from '#shared/config/project-root.ts';
import { readSettings } from '#shared/config/settings.ts';
import { featureSet } from '#shared/features/feature-names.ts';
import type { ChunkTask } from '#shared/mapping/chunk-task.ts';
import { computePart, type PartInputs } from '#shared/mapping/compute-part.ts';
import { SharedClock } from '#shared/mapping/stopwatch.ts';
import type { Ensemble } from '#shared/model/ensemble.ts';
import { openEnsemble } from '#shared/model/load-bundle.ts';
import { findModel } from '#shared/model/model-folder.ts';
import { directoryStore } from '#shared/storage/directory-store.ts';
import { inBatches } from './in-batches.ts';
import type { FromThread, ModelAnswer, ToThread } from './messages.ts';
import { remoteReader } from './remote-reader.ts';
import { packError, unpackError } from './send-error.ts';

const port = parentPort!;
const settings = readSettings(projectRoot);
const store = directoryStore(workerData as string);
const clock = new SharedClock();
const ensembles = new Map<string, PromiseWithResolvers<Ensemble>>();
const send = inBatches((messages: FromThread[]) => port.postMessage(messages), queueMicrotask);
const { read, release, take } = remoteReader(send);

/** Comes when the worker has sent it. */
function ensembleOf(name: string): PromiseWithResolvers<Ensemble> {
  const known = ensembles.get(name);
  if (known) return known;
  const coming = Promise.withResolvers<Ensemble>();
  coming.promise.catch(() => {});
  ensembles.set(name, coming);
  return coming;
}

function takeModel(answer: ModelAnswer): void {
  const { resolve, reject } = ensembleOf(answer.name);
  if (answer.type === 'model') openEnsemble(answer.compiled).then(resolve, reject);
  else reject(unpackError(answer.error));
}

async function modelOf({ model: name }: ChunkTask): Promise<PartInputs['model']> {
  if (name === null) return null;
  const { manifest } = await findModel(name, settings.modelFolders, featureSet);
  return { manifest, ensemble: ensembleOf(name).promise };
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

function obey(message: ToThread): void {
  if (message.type === 'tasks') message.tasks.forEach((task) => void compute(task));
  else if (message.type === 'model' || message.type === 'no-model') takeModel(message);
  else take(message);
}

port.on('message', (messages: ToThread[]) => messages.forEach(obey));
