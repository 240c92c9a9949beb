import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { extname, join, relative } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants } from 'node:zlib';
import { GeoCropError } from '#shared/domain/errors.ts';

const run = promisify(execFile);
const compress = promisify(brotliCompress);

/** What the application is made from; what is made or installed lies elsewhere. */
const sources = ['frontend', 'shared/domain', 'package-lock.json'];
const skipped = new Set(['node_modules', 'dist']);
const compressible = new Set(['.js', '.css', '.svg', '.json', '.map', '.topojson', '.webmanifest']);

/**
 * Builds the map application into `frontend/dist`, where its sources have changed; true where it was built. The old
 * files stay until the new ones are whole.
 */
export async function buildFrontend(root: string, note: (text: string) => void): Promise<boolean> {
  const dist = join(root, 'frontend', 'dist');
  const key = await sourceKey(root);
  if ((await readFile(join(dist, '.key'), 'utf8').catch(() => '')) === key) return false;
  note('building the map application ...');
  await mkdir(join(root, '.cache'), { recursive: true });
  const draft = await mkdtemp(join(root, '.cache', 'frontend-'));
  try {
    const made = join(draft, 'made');
    await bundle(root, made);
    for (const file of await filesBelow(made)) if (compressible.has(extname(file))) await compressBeside(file);
    await writeFile(join(made, '.key'), key);
    await replaceFolder(dist, made, join(draft, 'old'));
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  return true;
}

/** Another process may build and replace it at the same time: one of them is the last. */
async function replaceFolder(place: string, by: string, aside: string): Promise<void> {
  const unless = (codes: string[]) => (error: NodeJS.ErrnoException) => {
    if (!codes.includes(error.code!)) throw error;
  };
  await rename(place, aside).catch(unless(['ENOENT']));
  await rename(by, place).catch(unless(['ENOTEMPTY', 'EEXIST']));
}

async function sourceKey(root: string): Promise<string> {
  const hash = createHash('sha256');
  for (const source of sources)
    for (const file of await filesBelow(join(root, source)))
      hash.update(`\n${relative(root, file)}\n`).update(await readFile(file));
  return hash.digest('hex');
}

/** Files of a folder and its folders, sorted; a file is itself. */
async function filesBelow(path: string): Promise<string[]> {
  const entries = await readdir(path, { withFileTypes: true }).catch(() => null);
  if (!entries) return [path];
  const kept = entries.filter(({ name }) => !skipped.has(name)).sort((a, b) => (a.name < b.name ? -1 : 1));
  const lists = await Promise.all(
    kept.map((entry) => (entry.isDirectory() ? filesBelow(join(path, entry.name)) : [join(path, entry.name)])),
  );
  return lists.flat();
}

async function bundle(root: string, out: string): Promise<void> {
  const vite = join(root, 'node_modules', 'vite', 'bin', 'vite.js');
  const args = [vite, 'build', '--outDir', out, '--emptyOutDir', '--logLevel', 'error'];
  await run(process.execPath, args, { cwd: join(root, 'frontend') }).catch((cause) => {
    throw new GeoCropError(
      'setup-missing',
      `the map application could not be built: ${cause.stderr || cause.message}`,
      {
        cause,
      },
    );
  });
}

async function compressBeside(file: string): Promise<void> {
  const bytes = await readFile(file);
  const small = await compress(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 10 } });
  if (small.length < bytes.length * 0.9) await writeFile(`${file}.br`, small);
}
