import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { GeoCropError } from '#shared/domain/errors.ts';

const wanted = '3.11';
const candidates = ['python3.11', 'python3', 'python'];

/** Runs a program with inherited output; rejects unless it exits with 0. */
export function run(program: string, args: readonly string[], cwd?: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['ignore', 'inherit', 'inherit'], cwd });
    child.on('error', (cause) => reject(new Error(`${program} could not be started: ${cause.message}`, { cause })));
    child.on('exit', (code, signal) =>
      code === 0 ? resolve() : reject(new Error(`${program} ${args[0]} ended with ${signal ?? `exit code ${code}`}`)),
    );
  });
}

/** What a program prints; null where it cannot be run. */
function output(program: string, args: readonly string[]): Promise<string | null> {
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'ignore'] });
    let text = '';
    child.stdout.on('data', (data) => (text += data));
    child.on('error', () => resolve(null));
    child.on('close', (code) => resolve(code === 0 ? text.trim() : null));
  });
}

/** The path of a Python 3.11 among the programs; a sentence that says what to install where there is none. */
export async function findPython(programs: readonly string[] = candidates): Promise<string> {
  const question = 'import sys; print("%d.%d" % sys.version_info[:2], sys.executable)';
  for (const program of programs) {
    const [version, ...path] = ((await output(program, ['-c', question])) ?? '').split(' ');
    if (version === wanted) return path.join(' ');
  }
  throw new GeoCropError(
    'setup-missing',
    `training needs Python ${wanted}, and none of ${programs.join(', ')} is it; install it (on Debian 12: apt install python3.11 python3.11-venv) and run this again`,
  );
}

/**
 * A Python with exactly the locked packages, in `cache`; made once, again when a lock file changes.
 *
 * @param trainer the folder that holds `requirements.txt` and `uv-requirements.txt`
 * @returns the path of its interpreter
 */
export async function lockedPython(trainer: string, cache: string): Promise<string> {
  const stamp = join(cache, 'installed');
  const key = await lockKey(trainer);
  const interpreter = join(cache, 'venv', 'bin', 'python');
  if ((await readFile(stamp, 'utf8').catch(() => '')) === key) return interpreter;
  const python = await findPython();
  console.error(`installing the locked packages of the trainer (once), with ${python} ...`);
  await rm(cache, { recursive: true, force: true });
  await mkdir(cache, { recursive: true });
  await install(python, trainer, cache, interpreter);
  await writeFile(stamp, key);
  return interpreter;
}

async function install(python: string, trainer: string, cache: string, interpreter: string): Promise<void> {
  const tools = join(cache, 'uv');
  const uv = join(tools, 'bin', 'uv');
  const locked = ['--require-hashes', '--only-binary', ':all:'];
  const quiet = ['--quiet', '--disable-pip-version-check'];
  await makeVenv(python, tools);
  await run(join(tools, 'bin', 'python'), [
    ...['-m', 'pip', 'install', ...quiet, ...locked],
    ...['-r', join(trainer, 'uv-requirements.txt')],
  ]);
  const venv = ['venv', '--quiet', '--no-python-downloads', '--python', python];
  await run(uv, [...venv, join(cache, 'venv')]);
  const sync = ['pip', 'sync', '--quiet', ...locked, '--python', interpreter];
  await run(uv, [...sync, join(trainer, 'requirements.txt')]);
}

async function makeVenv(python: string, folder: string): Promise<void> {
  await run(python, ['-m', 'venv', folder]).catch((cause) => {
    throw new GeoCropError(
      'setup-missing',
      `${python} cannot make a virtual environment; install its venv module (on Debian 12: apt install python3.11-venv) and run this again`,
      { cause },
    );
  });
}

async function lockKey(trainer: string): Promise<string> {
  const hash = createHash('sha256').update(`${process.platform}-${process.arch}`);
  for (const name of ['uv-requirements.txt', 'requirements.txt']) hash.update(await readFile(join(trainer, name)));
  return hash.digest('hex');
}
