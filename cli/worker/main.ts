import { readSettings } from '#shared/config/settings.ts';
import { projectRoot } from '#shared/config/project-root.ts';
import { chunkPixels } from '#shared/domain/grid.ts';
import { sharingReader } from '#shared/mapping/asset-reader.ts';
import { DecodedBlocks } from '#shared/raster/decoded-blocks.ts';
import { foretellBlocks } from '#shared/raster/inflate/block-inflater.ts';
import { openAssets } from '../open-assets.ts';
import type { FromWorker, Order } from './messages.ts';
import { modelSender } from './model-sender.ts';
import { startThread } from './start-thread.ts';

/** What chunks share of the source is kept for so long as this holds it, bytes. */
const sharedBytes = 32 * 2 ** 20;
/** Of one pass over a chunk, bytes: three bands of 10 m and three of 20 m. */
const passBytes = 2 * 3.75 * chunkPixels ** 2;

// A worker reads for its threads, so that neighbouring chunks share what is decoded; the threads compute. It ends with
// the process that forked it.
const [folder, threadCount] = process.argv.slice(2);
const open = openAssets(readSettings(projectRoot));
const shared = new DecodedBlocks(sharedBytes);
const read = sharingReader(open, shared);
const tell = (message: FromWorker) => process.send!(message);
const threads = Array.from({ length: Number(threadCount) }, () => startThread(folder, read, shared.memory.give, tell));
const sendModel = modelSender((model) => threads.forEach((send) => send(model)));

process.on('SIGINT', () => {});
process.on('disconnect', () => process.exit(0));
process.on('message', ({ tasks }: Order) => {
  const share = Math.ceil(tasks.length / threads.length);
  for (const { model, observations } of tasks) {
    if (model !== null) sendModel(model);
    foretellBlocks(observations.length * passBytes);
  }
  threads.forEach((send, n) => send({ type: 'tasks', tasks: tasks.slice(n * share, (n + 1) * share) }));
});
