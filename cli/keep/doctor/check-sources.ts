import { access, constants } from 'node:fs/promises';
import { join } from 'node:path';
import type { Source } from '#shared/domain/source.ts';
import { clockFinding } from './check-database.ts';
import { fail, ok, warn, type Finding } from './finding.ts';

const limitMs = 8000;

/** Whether a source can be read: its folder has a catalog, its server answers; a server also tells the time. */
export async function checkSource(source: Source, fetchUrl: typeof fetch): Promise<Finding[]> {
  const name = `source ${source.id}`;
  return /^https?:/i.test(source.stac) ? checkServer(name, source, fetchUrl) : [await checkFolder(name, source)];
}

async function checkFolder(name: string, { stac }: Source): Promise<Finding> {
  for (const file of ['catalog.json', 'collection.json'])
    if (
      await access(join(stac, file), constants.R_OK).then(
        () => true,
        () => false,
      )
    )
      return ok(name, `${stac} can be read`);
  return fail(
    name,
    `${stac} has no catalog.json and no collection.json that can be read`,
    'correct the list of sources, or put the season pack back',
  );
}

async function checkServer(name: string, { stac }: Source, fetchUrl: typeof fetch): Promise<Finding[]> {
  try {
    const response = await fetchUrl(stac, { signal: AbortSignal.timeout(limitMs), redirect: 'follow' });
    await response.body?.cancel();
    const told = response.headers.get('date');
    const clock = told === null ? [] : [clockFinding(`clock ${name}`, `that of ${new URL(stac).host}`, offBy(told))];
    if (response.status < 500) return [ok(name, `${stac} answers ${response.status}`), ...clock];
    return [
      warn(name, `${stac} answers ${response.status}`, 'jobs of this source wait until it is well again'),
      ...clock,
    ];
  } catch (error) {
    const reason = (error as Error & { cause?: Error }).cause?.message ?? (error as Error).message;
    return [
      warn(
        name,
        `${stac} cannot be reached: ${reason}`,
        'jobs of this source fail until there is a line; a season pack needs none',
      ),
    ];
  }
}

/** The header counts whole seconds. */
const offBy = (date: string): number => Math.max(0, Math.abs(Date.now() - Date.parse(date)) - 1000);
