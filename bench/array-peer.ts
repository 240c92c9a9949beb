import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { lockedPython } from '../functions/train/python-environment.ts';
import { pinnedVersion } from './report.ts';

const root = join(import.meta.dirname, '..');
const trainer = join(root, 'functions', 'train', 'trainer');
export const cache = join(root, '.cache', 'bench');

/** A Python with NumPy and SciPy: the trainer's. */
export const arrayPython = (): Promise<string> => lockedPython(trainer, join(root, '.cache', 'train', 'python'));

export async function arrayVersions(): Promise<Record<string, string>> {
  const requirements = join(trainer, 'requirements.txt');
  const [numpy, scipy] = await Promise.all(
    ['numpy', 'scipy'].map(async (name) => (await pinnedVersion(requirements, name)).split(' ')[0]),
  );
  return { node: process.version, numpy, scipy };
}

export const floats = async (file: string): Promise<Float32Array> => new Float32Array((await readFile(file)).buffer);
