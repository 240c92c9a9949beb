import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { GeoCropError } from '#shared/domain/errors.ts';
import type { CliContext } from '../context.ts';

interface LogLine {
  at: string;
  function: string | null;
  line: string;
}

const jobForm = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Shows the lines of the platform's log on this machine that name a job: the last log and the one before. */
export async function showLogs(id: string, { settings, print }: CliContext): Promise<void> {
  if (!jobForm.test(id)) throw new GeoCropError('usage', `"${id}" is no id of a job`);
  const found: LogLine[] = [];
  for (const name of ['platform.log.1', 'platform.log']) found.push(...(await linesOf(join(settings.home, name), id)));
  if (found.length === 0) throw new GeoCropError('not-found', `the log in ${settings.home} names no job ${id}`);
  print(found.map(({ at, function: name, line }) => `${at} ${name ?? 'platform'} ${line}`).join('\n'), found);
}

async function linesOf(path: string, id: string): Promise<LogLine[]> {
  if (!(await stat(path).catch(() => null))) return [];
  const found: LogLine[] = [];
  for await (const text of createInterface({ input: createReadStream(path) }))
    if (text.includes(id)) found.push(...parsed(text));
  return found;
}

/** Nothing of a line that a full disk or a crash has cut off. */
function parsed(text: string): LogLine[] {
  try {
    return [JSON.parse(text) as LogLine];
  } catch {
    return [];
  }
}
