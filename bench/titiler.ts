import { spawn, type ChildProcess } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findPython, run } from '../functions/train/python-environment.ts';
import { untilAnswers } from './until-answers.ts';

const uvVersion = '0.13.8';

/** TiTiler in an environment of its own, made once; the versions are those of `titiler-requirements.txt`. */
export async function installTiTiler(cache: string): Promise<string> {
  const requirements = join(import.meta.dirname, 'titiler-requirements.txt');
  const key = await readFile(requirements, 'utf8');
  const stamp = join(cache, 'installed');
  const bin = join(cache, 'venv', 'bin');
  if ((await readFile(stamp, 'utf8').catch(() => '')) === key) return bin;
  console.error('bench: installing TiTiler (once) ...');
  await rm(cache, { recursive: true, force: true });
  await mkdir(cache, { recursive: true });
  const python = await findPython();
  const tools = join(cache, 'uv', 'bin');
  await run(python, ['-m', 'venv', join(cache, 'uv')]);
  await run(join(tools, 'python'), [
    '-m',
    'pip',
    'install',
    '--quiet',
    '--disable-pip-version-check',
    `uv==${uvVersion}`,
  ]);
  await run(join(tools, 'uv'), ['venv', '--quiet', '--no-python-downloads', '--python', python, join(cache, 'venv')]);
  const sync = ['pip', 'sync', '--quiet', '--only-binary', ':all:', '--compile-bytecode'];
  await run(join(tools, 'uv'), [...sync, '--python', join(bin, 'python'), requirements]);
  await writeFile(stamp, key);
  return bin;
}

/** Starts one process of TiTiler with its usual settings for speed, on loopback; it answers when this resolves. */
export async function startTiTiler(bin: string, port: number): Promise<ChildProcess> {
  const args = ['titiler.application.main:app', '--host', '127.0.0.1', '--port', String(port), '--no-access-log'];
  const child = spawn(join(bin, 'uvicorn'), [...args, '--log-level', 'error'], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      PATH: bin,
      GDAL_DISABLE_READDIR_ON_OPEN: 'EMPTY_DIR',
      GDAL_CACHEMAX: '200',
      VSI_CACHE: 'TRUE',
      TITILER_API_CACHECONTROL: 'no-store',
    },
  });
  await untilAnswers(`http://127.0.0.1:${port}/healthz`, child);
  return child;
}
