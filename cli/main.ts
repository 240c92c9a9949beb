import { CommanderError } from 'commander';
import { readSettings } from '#shared/config/settings.ts';
import { GeoCropError } from '#shared/domain/errors.ts';
import { AlreadyTold } from './already-told.ts';
import type { CliContext } from './context.ts';
import { readProduct } from '#shared/config/product.ts';
import { buildProgram } from './program.ts';
import { projectRoot } from '#shared/config/project-root.ts';

const exitCodes = { usage: 2, refused: 3, failed: 1, interrupted: 130 } as const;

const stop = new AbortController();
let interrupts = 0;
process.on('SIGINT', () => (++interrupts > 1 ? process.exit(130) : stop.abort()));
process.on('SIGTERM', () => stop.abort());

// Whoever reads may leave, as `head` does: work goes on, and what it says is not wanted any more.
for (const output of [process.stdout, process.stderr])
  output.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });

const json = process.argv.includes('--json');
const bug = 'this is an error in geocrop itself; please report it with the command and these lines';

function print(text: string, document: unknown): void {
  process.stdout.write(`${json ? JSON.stringify(document, null, 2) : text}\n`);
}

/** Says what went wrong, once, and returns the exit code. */
function report(error: unknown): number {
  if (error instanceof CommanderError) return reportUsage(error);
  if (stop.signal.aborted)
    return complain('interrupted', 'interrupted; what is finished is kept, and the same command goes on from there');
  if (error instanceof AlreadyTold) return exitCodes.failed;
  if (error instanceof GeoCropError) return complain(error.code, error.message, error.field, exitCodes[error.kind]);
  const { message, stack, syscall } = error as NodeJS.ErrnoException;
  if (syscall) return complain('internal', `the system refused: ${message}`, undefined, exitCodes.failed);
  return complain('internal', `${bug}\n${stack ?? error}`, undefined, exitCodes.failed);
}

/** Commander has printed help and complaints itself, unless JSON is wanted. */
function reportUsage({ exitCode, code, message }: CommanderError): number {
  if (exitCode === 0) return 0;
  const text = code === 'commander.help' ? 'a command is missing; see --help' : message.replace(/^error: /, '');
  return json ? complain('usage', text, undefined, exitCodes.usage) : exitCodes.usage;
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
      product: await readProduct(projectRoot),
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
