import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build, version } from 'esbuild';
import { bundleKey, type BundleInputs } from './bundle-key.ts';
import { originalImportMeta } from './original-import-meta.ts';

/** Packages that are not one script: native libraries, WebAssembly beside the code, optional parts of pg. */
const external = ['onnxruntime-node', 'sharp', '@electric-sql/*', 'pg-native', 'esbuild'];

/** CommonJS packages inside a module still call `require`. */
const banner = [
  "import { createRequire as __createRequire } from 'node:module';",
  'const require = __createRequire(import.meta.url);',
].join('\n');

export interface BundleOptions {
  /** Root of the project: its `functions/<name>/main.ts` are bundled. */
  root: string;
  /** Folder of the bundles; below the root, for packages that stay outside are found upwards from it. */
  out: string;
  /** The folder of functions, relative to the root. */
  functions?: string | undefined;
}

/** One bundled function. */
export interface Bundle {
  name: string;
  file: string;
  /** Whether it had to be made now. */
  built: boolean;
}

/** Bundles functions into one script each, those whose inputs changed; an interrupted run leaves the old ones whole. */
export async function bundleFunctions(names: readonly string[], options: BundleOptions): Promise<Bundle[]> {
  await mkdir(options.out, { recursive: true });
  const bundles: Bundle[] = [];
  for (const name of names) bundles.push(await bundleFunction(name, options));
  return bundles;
}

async function bundleFunction(name: string, options: BundleOptions): Promise<Bundle> {
  const file = join(options.out, `${name}.mjs`);
  const recipe = JSON.stringify([version, external, banner]);
  const known = await readInputs(`${file}.inputs`);
  if (known && known.key === (await bundleKey(options.root, recipe, known.files))) return { name, file, built: false };
  const files = await write(name, file, options);
  const key = await bundleKey(options.root, recipe, files);
  await writeFile(`${file}.inputs`, JSON.stringify({ key, files }));
  return { name, file, built: true };
}

async function write(name: string, file: string, { root, functions = 'functions' }: BundleOptions): Promise<string[]> {
  const result = await build({
    absWorkingDir: root,
    entryPoints: [join(root, functions, name, 'main.ts')],
    outfile: file,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    external,
    banner: { js: banner },
    sourcemap: 'linked',
    sourcesContent: false,
    metafile: true,
    write: false,
    logLevel: 'silent',
    plugins: [originalImportMeta(root, file)],
  });
  for (const output of result.outputFiles) {
    await writeFile(`${output.path}.new`, output.contents);
    await rename(`${output.path}.new`, output.path);
  }
  return Object.keys(result.metafile.inputs).sort();
}

/** Null where there is no bundle yet, or a note of it that cannot be read: then it is made anew. */
async function readInputs(path: string): Promise<BundleInputs | null> {
  const text = await readFile(path, 'utf8').catch(() => '{}');
  try {
    const value = JSON.parse(text) as Partial<BundleInputs>;
    return typeof value.key === 'string' && Array.isArray(value.files) ? { key: value.key, files: value.files } : null;
  } catch {
    return null;
  }
}
