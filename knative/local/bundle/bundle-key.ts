import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What a bundle was made from: its key, and its files relative to the root. */
export interface BundleInputs {
  key: string;
  files: string[];
}

/** A hash over the recipe, the project's own files and the lock file that stands for all packages. */
export async function bundleKey(root: string, recipe: string, files: readonly string[]): Promise<string> {
  const own = files.filter((file) => !file.includes('node_modules/'));
  const hash = createHash('sha256').update(recipe);
  for (const file of [...own, 'package.json', 'package-lock.json']) {
    // A file that is gone changes the key, and the bundler then says what misses it.
    const content = await readFile(join(root, file)).catch(() => Buffer.from('absent'));
    hash.update(`\n${file} ${content.length}\n`).update(content);
  }
  return hash.digest('hex');
}
