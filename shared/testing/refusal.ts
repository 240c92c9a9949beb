import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { runCli, type CliOptions } from './run-cli.ts';

export interface Refusal {
  code: number;
  /** What the sentence must say. */
  message: RegExp;
}

/**
 * Runs a command that must fail with one sentence and no stack trace, writing to `<folder>/out`, and expects nothing
 * to be left there: neither a result nor a working folder.
 */
export async function expectRefusal(
  args: readonly string[],
  { code, message }: Refusal,
  folder: string,
  options: CliOptions,
): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const before = readdirSync(folder);
  const run = await runCli([...args, '--out', join(folder, 'out')], options);
  // The sentence is the last thing said; before it may stand progress.
  const said = run.stderr.split('\ngeocrop: ').at(-1)!.trim();
  expect(said).toMatch(message);
  expect([run.code, run.stdout, said.split('\n').length]).toEqual([code, '', 1]);
  expect(readdirSync(folder)).toEqual(before);
}
