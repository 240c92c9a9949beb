import { readFile } from 'node:fs/promises';
import { dirname, relative, sep } from 'node:path';
import type { Plugin } from 'esbuild';

/**
 * Keeps `import.meta.url`, `.dirname` and `.filename` of the project's files what they are unbundled, as paths
 * relative to the bundle: a migration or a model beside a source file is still found there.
 */
export function originalImportMeta(root: string, bundle: string): Plugin {
  return {
    name: 'original-import-meta',
    setup(build) {
      build.onLoad({ filter: /\.ts$/ }, async ({ path }) => {
        if (path.includes(`${sep}node_modules${sep}`) || !path.startsWith(root)) return undefined;
        const source = await readFile(path, 'utf8');
        return source.includes('import.meta.') ? { contents: rewrite(source, path, bundle), loader: 'ts' } : undefined;
      });
    },
  };
}

function rewrite(source: string, path: string, bundle: string): string {
  const href = JSON.stringify(relative(dirname(bundle), path).split(sep).join('/'));
  const url = `new URL(${href}, import.meta.url)`;
  const asPath = (what: string) =>
    `process.getBuiltinModule('node:url').fileURLToPath(new URL(${what}, import.meta.url))`;
  const folder = JSON.stringify(relative(dirname(bundle), dirname(path)).split(sep).join('/') || '.');
  return source.replaceAll(/\bimport\.meta\.(url|dirname|filename)\b/g, (_, property: string) => {
    if (property === 'url') return `${url}.href`;
    return property === 'filename' ? asPath(href) : asPath(folder);
  });
}
