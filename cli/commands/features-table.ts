import { readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { GeoCropError } from '#shared/domain/errors.ts';
import { checkYear, seasonByName } from '#shared/domain/season.ts';
import { featureNames } from '#shared/features/feature-names.ts';
import { seriesOfTable } from '#shared/features/series-table.ts';
import { seriesFeatures } from '#shared/features/table.ts';
import { writeFileAtomically } from '#shared/storage/directory-store.ts';
import { readYear } from '../arguments.ts';
import type { CliContext } from '../context.ts';
import { checkOutFile } from '../out-folder.ts';

const maxTableBytes = 500 * 1024 * 1024;

export interface TableOptions {
  table: string;
  year: string;
  season: string;
  out: string;
  force?: boolean | undefined;
}

async function readLines(path: string): Promise<string[]> {
  const refuse = (message: string, cause?: unknown) =>
    new GeoCropError('invalid-table', message, { field: 'table', cause });
  const found = await stat(path).catch((cause) => {
    throw refuse(`the table ${path} cannot be read: ${cause.message}`, cause);
  });
  if (found.size > maxTableBytes) throw refuse(`the table ${path} is larger than ${maxTableBytes} bytes; split it`);
  return (await readFile(path, 'utf8')).split(/\r?\n/);
}

/** Writes the 51 features of every series of a table as CSV; empty cells where there is too little to see. */
export async function tableFeatures(options: TableOptions, { print, today }: CliContext): Promise<void> {
  const season = seasonByName(options.season);
  const year = readYear(options.year);
  checkYear(season, year, today);
  const out = resolve(options.out);
  await checkOutFile(out, options.force ?? false);
  const series = seriesOfTable(await readLines(options.table), season, year);
  let empty = 0;
  const lines = series.map(({ id, composites }) => {
    const features = seriesFeatures(composites);
    if (!features) empty++;
    return [id, ...(features ?? featureNames.map(() => ''))].join(',');
  });
  await writeFileAtomically(out, (file) =>
    file.write(Buffer.from([['id', ...featureNames].join(','), ...lines, ''].join('\n'))),
  );
  print(`${series.length} series, ${empty} of them with fewer than 3 dekads (left empty)\n${out}`, {
    series: series.length,
    empty,
    out,
  });
}
