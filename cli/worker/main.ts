import { MessageChannel } from 'node:worker_threads';
import { chunkPixels } from '#shared/domain/grid.ts';
import { sharingReader } from '#shared/mapping/asset-reader.ts';
import { DecodedBlocks } from '#shared/raster/decoded-blocks.ts';
import { foretellBlocks, lendThreads } from '#shared/raster/inflate/block-inflater.ts';
import { openAssets } from '../open-assets.ts';
import { compileModel } from './compile-model.ts';
import type { FromWorker, Order, WorkerSetup } from './messages.ts';
import { startThread } from './start-thread.ts';

/** What chunks share of the source is kept for so long as this holds it, bytes. */
const sharedBytes = 32 * 2 ** 20;
/** Of one pass over a chunk, bytes: three bands of 10 m and three of 20 m. */
const passBytes = 2 * 3.75 * chunkPixels ** 2;

type Thread = ReturnType<typeof startThread>;

// A worker reads for its threads, so that neighbouring chunks share what is decoded; the threads compute. It ends with
// the process that forked it.
let threads: readonly Thread[] = [];

function setUp({ threads: count, store, assets, model }: WorkerSetup): void {
  const shared = new DecodedBlocks(sharedBytes);
  const read = sharingReader(openAssets(assets), shared);
  const tell = (message: FromWorker) => process.send!(message);
  const lines = Array.from({ length: count }, () => new MessageChannel());
  threads = lines.map(({ port2: blocks }) => {
    return startThread({ store, manifest: model && model.manifest, blocks }, read, shared.memory.give, tell);
  });
  lendThreads(lines.map(({ port1 }) => port1));
  if (model) compileModel(model, (answer) => threads.forEach((send) => send(answer)));
}

function obey({ tasks }: Order): void {
  const share = Math.ceil(tasks.length / threads.length);
  for (const { observations } of tasks) foretellBlocks(observations.length * passBytes);
  threads.forEach((send, n) => send({ type: 'tasks', tasks: tasks.slice(n * share, (n + 1) * share) }));
}

process.on('SIGINT', () => {});
process.on('disconnect', () => process.exit(0));
process.on('message', (message: WorkerSetup | Order) => (message.type === 'setup' ? setUp(message) : obey(message)));
