import { parentPort, workerData } from 'node:worker_threads';
import { projectRoot } from '#shared/config/project-root.ts';
import { readSettings } from '#shared/config/settings.ts';
import { featureSet } from '#shared/features/feature-names.ts';
import { compileEnsemble, type CompiledEnsemble } from '#shared/model/load-bundle.ts';
import { findModel } from '#shared/model/model-folder.ts';
import type { ModelAnswer } from './messages.ts';
import { packError } from './send-error.ts';

// Compiles one model for all threads of a worker, and ends: what reading it took of memory goes with it.
const name = workerData as string;
const answer = (message: ModelAnswer) => parentPort!.postMessage(message);

async function compile(): Promise<CompiledEnsemble> {
  const { manifest, read } = await findModel(name, readSettings(projectRoot).modelFolders, featureSet);
  return compileEnsemble(read, manifest, featureSet);
}

try {
  answer({ type: 'model', name, compiled: await compile() });
} catch (error) {
  answer({ type: 'no-model', name, error: packError(error) });
}
