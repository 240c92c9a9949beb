import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { setVariables } from './set-variables.ts';

export interface Product {
  version: string;
  /** Of this checkout, or as the image was built; `unknown` where nobody can say. */
  commit: string;
}

/** What is running, for `--version` and for the provenance of results. */
export async function readProduct(root: string, env: NodeJS.ProcessEnv = process.env): Promise<Product> {
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  return { version, commit: setVariables(env).GEOCROP_COMMIT ?? (await gitCommit(root)) };
}

const gitCommit = (cwd: string): Promise<string> =>
  promisify(execFile)('git', ['describe', '--always', '--dirty', '--abbrev=12'], { cwd })
    .then(({ stdout }) => stdout.trim())
    .catch(() => 'unknown');
