import { access, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { chunkPixels, chunksExtent, type ChunkId } from '#shared/domain/grid.ts';
import type { PartRecord } from '#shared/mapping/part-record.ts';
import { encodePart, rasterForm } from '#shared/mapping/part.ts';
import { storePart } from '#shared/mapping/stored-part.ts';
import type { StitchPlan } from '#shared/mapping/stitch-plan.ts';
import { directoryStore } from '#shared/storage/directory-store.ts';
import { fraction } from '../samples/make-season/noise.ts';

export interface MadeParts {
  /** Holds `parts/`. */
  folder: string;
  plan: StitchPlan;
  records: Map<string, PartRecord>;
}

const names = ['wheat', 'maize', 'potato', 'beet', 'grass', 'other'];
const colours = ['#e6a532', '#ffd700', '#9c5fb5', '#c2416c', '#4caf50', '#9e9e9e'];
/** Width of a field in pixels. */
const field = 24;
const first = { epsg: 32636, col: 60, row: 1600 };

/** Parts of `side` x `side` chunks: fields of six classes with confused pixels, confidence as it scatters in a field; made once. */
export async function madeParts(folder: string, side: number): Promise<MadeParts> {
  const tasks = Array.from({ length: side * side }, (_, i) => {
    const chunk: ChunkId = { ...first, col: first.col + (i % side), row: first.row - Math.floor(i / side) };
    return { chunk, key: `${i}`.padStart(5, '0') };
  });
  const plan = planOf(tasks);
  const index = join(folder, 'records.json');
  const isThere = await access(index).then(
    () => true,
    () => false,
  );
  if (!isThere) await make(folder, index, plan);
  const records = new Map(JSON.parse(await readFile(index, 'utf8')) as [string, PartRecord][]);
  return { folder, plan, records };
}

/** What stitching asks of a plan; nothing was searched or read for it. */
function planOf(tasks: StitchPlan['tasks']): StitchPlan {
  const classes = names.map((name, i) => ({ name, title: name, color: colours[i] }));
  const made = { output: 'map', extent: chunksExtent(tasks.map(({ chunk }) => chunk)), tasks, model: { classes } };
  return made as unknown as StitchPlan;
}

async function make(folder: string, index: string, { tasks, output, model }: StitchPlan): Promise<void> {
  console.error(`bench: making ${tasks.length} parts (once) ...`);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const store = directoryStore(folder);
  const records: [string, PartRecord][] = [];
  for (const { chunk, key } of tasks) {
    const { bytes, tiles } = await encodePart(chunk, planesOf(chunk), rasterForm(output, model));
    const record = { tiles, scenes: [], computedPixels: chunkPixels ** 2, seconds: {} };
    await storePart(store, key, bytes, record);
    records.push([key, record]);
  }
  await writeFile(`${index}.part`, JSON.stringify(records));
  await rename(`${index}.part`, index);
}

function planesOf({ col, row }: ChunkId): [Uint8Array, Uint8Array] {
  const [classes, confidence] = [new Uint8Array(chunkPixels ** 2), new Uint8Array(chunkPixels ** 2)];
  for (let at = 0; at < classes.length; at++) {
    const [x, y] = [col * chunkPixels + (at % chunkPixels), Math.floor(at / chunkPixels) - row * chunkPixels];
    const [across, down] = [Math.floor(x / field), Math.floor(y / field)];
    const grown = Math.floor(names.length * fraction(across, down, 1));
    const isEdge = x % field < 2 || y % field < 2;
    const isConfused = fraction(x, y, 2) < (isEdge ? 0.3 : 0.02);
    classes[at] = 1 + (isConfused ? Math.floor(names.length * fraction(x, y, 3)) : grown);
    const sure = isConfused ? 35 : 55 + 40 * fraction(across, down, 4);
    confidence[at] = Math.round(sure + 6 * (fraction(x, y, 5) - 0.5));
  }
  return [classes, confidence];
}
