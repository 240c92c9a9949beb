import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { projectRoot } from './project-root.ts';

export interface ProductVersion {
  version: string;
  /** Of this checkout; `unknown` where it is no git checkout. */
  commit: string;
}

/** What is running, for `--version` and for the provenance of results. */
export async function productVersion(): Promise<ProductVersion> {
  const { version } = JSON.parse(await readFile(join(projectRoot, 'package.json'), 'utf8'));
  const git = promisify(execFile)('git', ['describe', '--always', '--dirty', '--abbrev=12'], { cwd: projectRoot });
  const commit = await git.then(({ stdout }) => stdout.trim()).catch(() => 'unknown');
  return { version, commit };
}
