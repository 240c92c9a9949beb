import { access, mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { lockedPython, run } from '../functions/train/python-environment.ts';

const root = join(import.meta.dirname, '..');
const trainer = join(root, 'functions', 'train', 'trainer');
const cache = join(root, '.cache', 'bench');

/** Forests of 800 trees of depth 6 by three libraries, and rows to ask them. */
export interface ForestModels {
  python: string;
  folder: string;
  /** [row][51], float32, as the forests were trained on. */
  rows: string;
  /** [row][51], float32, as the season of the bundled model is. */
  season: string;
}

/** The libraries' own Python, that of the trainer, and what it trained; both made once. */
export async function forestModels(rows: number, samples: string): Promise<ForestModels> {
  const python = await lockedPython(trainer, join(root, '.cache', 'train', 'python'));
  const folder = join(cache, `forests-${rows}`);
  const isThere = await access(folder).then(
    () => true,
    () => false,
  );
  if (!isThere) {
    const part = `${folder}.part`;
    await rm(part, { recursive: true, force: true });
    await mkdir(part, { recursive: true });
    console.error('bench: training the forests (once, some minutes) ...');
    const script = join(import.meta.dirname, 'peers', 'make_forests.py');
    await run(python, ['-B', script, part, String(rows), samples], trainer);
    await rename(part, folder);
  }
  return { python, folder, rows: join(folder, 'rows.f32'), season: join(folder, 'season.f32') };
}
