import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { GeoCropError } from '#shared/domain/errors.ts';
import type { CliContext } from '../context.ts';
import { backUp } from '../keep/back-up.ts';
import { keepSettings } from '../keep/keep-settings.ts';
import { reachDatabase } from '../keep/reach-database.ts';
import { Progress } from '../progress.ts';

export interface BackupOptions {
  withParts?: boolean | undefined;
  force?: boolean | undefined;
}

/** Writes an archive of the deployment that the environment names, whether it runs or not. */
export async function backup(target: string, options: BackupOptions, context: CliContext): Promise<void> {
  const settings = keepSettings();
  const path = await archivePath(target);
  if (!options.force && existsSync(path))
    throw new GeoCropError('output-exists', `${path} is there already; name another file, or say --force`, {
      field: 'file',
    });
  const progress = new Progress(process.stderr, context.json);
  const database = await reachDatabase(settings);
  try {
    const withParts = options.withParts ?? false;
    const summary = await backUp(path, {
      settings,
      database,
      product: context.product,
      scope: 'all',
      withParts,
      onObject: (done, all) => progress.step(done, all, 'files'),
      signal: context.signal,
    });
    for (const name of summary.leftOut) progress.note(`left out, for it has no name of an object: ${name}`);
    const { size } = await stat(path);
    const text = `${path}: ${summary.rows} rows, ${summary.objects} files, ${(size / 1e6).toFixed(1)} MB${withParts ? '' : ' (without parts: they are computed again when they are needed)'}\nIt holds passwords' hashes and the key that signs logins: keep it where only you can read it.`;
    context.print(text, { file: path, withParts, ...summary, bytes: size });
  } finally {
    await database.close();
  }
}

/** In a folder, a name that says when. */
async function archivePath(target: string): Promise<string> {
  const path = resolve(target);
  const found = await stat(path).catch(() => null);
  if (!found?.isDirectory() && !target.endsWith('/')) return path;
  return join(path, `geocrop-${new Date().toISOString().replace(/[-:]|\.\d+/g, '')}.tar`);
}
