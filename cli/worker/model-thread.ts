import { parentPort, workerData } from 'node:worker_threads';
import { featureSet } from '#shared/features/feature-names.ts';
import { directoryBundle } from '#shared/model/bundle-files.ts';
import { compileEnsemble } from '#shared/model/load-ensemble.ts';
import type { FoundModel, ModelAnswer } from './messages.ts';
import { packError } from './send-error.ts';

// Compiles one model for all threads of a worker, and ends: what reading it took of memory goes with it.
const { directory, manifest } = workerData as FoundModel;
const answer = (message: ModelAnswer) => parentPort!.postMessage(message);

try {
  answer({ type: 'model', compiled: await compileEnsemble(directoryBundle(directory), manifest, featureSet) });
} catch (error) {
  answer({ type: 'no-model', error: packError(error) });
}
