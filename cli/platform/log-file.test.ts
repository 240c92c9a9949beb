import { readFileSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { workFolder } from '#shared/testing/work-folder.ts';
import type { CliContext } from '../context.ts';
import { showLogs } from '../commands/job-logs.ts';
import { openLog } from './log-file.ts';

const home = workFolder('log-file');
const path = join(home, 'platform.log');
const id = '01234567-89ab-cdef-0123-456789abcdef';
const line = (text: string) => ({ function: 'infer', pid: null, stream: 'stdout' as const, line: `${id} ${text}` });

/** What of the log names the job, as `jobs logs` prints it. */
async function shown(): Promise<string[]> {
  const printed: { line: string }[] = [];
  const print = (_text: string, lines: unknown) => void printed.push(...(lines as { line: string }[]));
  await showLogs(id, { settings: { home }, print } as unknown as CliContext);
  return printed.map(({ line }) => line.slice(id.length + 1));
}

test('what a full disk does not take is lost, what comes after it is not, and the log closes', async () => {
  symlinkSync('/dev/full', path);
  const log = await openLog(path);
  log.write(line('lost'));
  await sleep(100);
  // There is room again; of the line before some bytes have arrived.
  unlinkSync(path);
  writeFileSync(path, `{"at":"2026-01-01T00:00:00.000Z","function":"infer","line":"${id} cut o`);
  log.write(line('first'));
  log.write(line('second'));
  await log.close();
  expect(await shown()).toEqual(['first', 'second']);
  unlinkSync(path);
  symlinkSync('/dev/full', path);
  const full = await openLog(path);
  full.write(line('lost'));
  await full.close();
  unlinkSync(path);
});

test('a log that ends within a line goes on with the next', async () => {
  writeFileSync(path, `{"at":"2026-01-01T00:00:00.000Z","function":"infer","line":"${id} cut o`);
  for (const text of ['first', 'second']) {
    const log = await openLog(path);
    log.write(line(text));
    await log.close();
  }
  expect(await shown()).toEqual(['first', 'second']);
  expect(readFileSync(path, 'utf8').split('\n')).toHaveLength(4);
});
