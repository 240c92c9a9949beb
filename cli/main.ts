import { CommanderError } from 'commander';
import { readSettings } from '#shared/config/settings.ts';
import { GeoCropError } from '#shared/domain/errors.ts';
import type { CliContext } from './context.ts';
import { productVersion } from './product-version.ts';
import { buildProgram } from './program.ts';
import { projectRoot } from './project-root.ts';

const exitCodes = { usage: 2, refused: 3, failed: 1, interrupted: 130 } as const;

const stop = new AbortController();
let interrupts = 0;
process.on('SIGINT', () => (++interrupts > 1 ? process.exit(130) : stop.abort()));
process.on('SIGTERM', () => stop.abort());

const json = process.argv.includes('--json');

function print(text: string, document: unknown): void {
  process.stdout.write(`${json ? JSON.stringify(document, null, 2) : text}\n`);
}

/** Says what went wrong, once, and returns the exit code. */
function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : exitCodes.usage;
  if (stop.signal.aborted)
    return complain('interrupted', 'interrupted; finished chunks are kept, the same command goes on from there');
  if (error instanceof GeoCropError) return complain(error.code, error.message, error.field, exitCodes[error.kind]);
  return complain('internal', `unexpected: ${(error as Error)?.stack ?? error}`, undefined, exitCodes.failed);
}

function complain(code: string, message: string, field?: string, exitCode: number = exitCodes.interrupted): number {
  if (json) process.stdout.write(`${JSON.stringify({ error: { code, field, message } }, null, 2)}\n`);
  else process.stderr.write(`\ngeocrop: ${message}\n`);
  return exitCode;
}

async function main(): Promise<number> {
  try {
    const context: CliContext = {
      settings: readSettings(projectRoot),
      product: await productVersion(),
      json,
      today: new Date().toISOString().slice(0, 10),
      signal: stop.signal,
      print,
    };
    await buildProgram(context).parseAsync(process.argv);
    return 0;
  } catch (error) {
    return report(error);
  }
}

process.exitCode = await main();
