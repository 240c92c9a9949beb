import { resolve } from 'node:path';
import type { CliContext } from '../context.ts';
import { keepSettings } from '../keep/keep-settings.ts';
import { restore } from '../keep/restore.ts';
import { Progress } from '../progress.ts';

/** Puts the deployment that the environment names back as an archive holds it. */
export async function restoreBackup(file: string, options: { force?: boolean }, context: CliContext): Promise<void> {
  const settings = keepSettings();
  const progress = new Progress(process.stderr, context.json);
  const { manifest, objects, replaced } = await restore(resolve(file), {
    settings,
    force: options.force ?? false,
    product: context.product.version,
    note: (text) => progress.note(text),
    onObject: (done, all) => progress.step(done, all, 'files'),
    signal: context.signal,
  });
  const rows = manifest.tables.reduce((sum, table) => sum + table.rows, 0);
  const before = replaced ? `\nWhat was there before lies in ${replaced}; remove it when all is well.` : '';
  context.print(`${settings.home} is as it was on ${manifest.created}: ${rows} rows, ${objects} files.${before}`, {
    home: settings.home,
    created: manifest.created,
    rows,
    objects,
    replaced,
  });
}
