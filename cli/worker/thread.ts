import { parentPort, workerData } from 'node:worker_threads';
import type { ChunkTask } from '#shared/mapping/chunk-task.ts';
import { computePart } from '#shared/mapping/compute-part.ts';
import { SharedClock } from '#shared/mapping/stopwatch.ts';
import type { Ensemble } from '#shared/model/ensemble.ts';
import { openEnsemble } from '#shared/model/load-ensemble.ts';
import { serveInflates } from '#shared/raster/inflate/serve-inflates.ts';
import { directoryStore } from '#shared/storage/directory-store.ts';
import { inBatches } from './in-batches.ts';
import type { FromThread, ModelAnswer, ThreadSetup, ToThread } from './messages.ts';
import { remoteReader } from './remote-reader.ts';
import { packError, unpackError } from './send-error.ts';

const port = parentPort!;
const { store: folder, manifest, blocks } = workerData as ThreadSetup;
const store = directoryStore(folder);
const clock = new SharedClock();
const send = inBatches((messages: FromThread[]) => port.postMessage(messages), queueMicrotask);
const { read, release, take } = remoteReader(send);

/** Comes when the worker has sent it. */
const ensemble = Promise.withResolvers<Ensemble>();
ensemble.promise.catch(() => {});

function takeModel(answer: ModelAnswer): void {
  if (answer.type === 'model') openEnsemble(answer.compiled).then(ensemble.resolve, ensemble.reject);
  else ensemble.reject(unpackError(answer.error));
}

async function compute(task: ChunkTask): Promise<void> {
  const { key } = task;
  try {
    const model = task.model === null ? null : { manifest: manifest!, ensemble: ensemble.promise };
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

// Where little is read there is nothing to decode.
blocks.once('message', () => serveInflates(blocks, false));
port.on('message', (messages: ToThread[]) => messages.forEach(obey));
