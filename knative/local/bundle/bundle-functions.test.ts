import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bundleStarter, sourceStarter } from '../function-starters.ts';
import { serviceManifest } from '../testing/manifests.ts';
import { openTestRuntime, testFunctions } from '../testing/test-runtime.ts';
import { bundleFunctions } from './bundle-functions.ts';

const project = join(import.meta.dirname, '..', '..', '..');
const run = promisify(execFile);
let root = '';

beforeAll(async () => {
  await mkdir(join(project, '.geocrop'), { recursive: true });
  root = await mkdtemp(join(project, '.geocrop', 'bundle-test-'));
  await cp(testFunctions, join(root, 'functions'), { recursive: true });
  await symlink(join(project, 'node_modules'), join(root, 'node_modules'));
  await writeFile(join(root, 'package.json'), '{"type":"module"}');
  await writeFile(join(root, 'package-lock.json'), '{}');
});
afterAll(() => rm(root, { recursive: true, force: true }));

const out = () => join(root, 'out');
const bundle = (...names: string[]) => bundleFunctions(names, { root, out: out() });

test('a bundle is made once, and again when its source or a package changes', async () => {
  expect(await bundle('hello', 'worker')).toMatchObject([{ name: 'hello', built: true }, { built: true }]);
  expect((await bundle('hello', 'worker')).map(({ built }) => built)).toEqual([false, false]);
  const source = join(root, 'functions', 'worker', 'main.ts');
  await writeFile(source, (await readFile(source, 'utf8')) + '\n// changed\n');
  expect((await bundle('hello', 'worker')).map(({ built }) => built)).toEqual([false, true]);
  await writeFile(join(root, 'package-lock.json'), '{"changed":true}');
  expect((await bundle('hello')).map(({ built }) => built)).toEqual([true]);
  await writeFile(join(out(), 'hello.mjs.inputs'), '{"key": tr');
  expect((await bundle('hello')).map(({ built }) => built)).toEqual([true]);
});

test('a file beside a source file is found from the bundle, and packages stay what they are', async () => {
  const folder = join(root, 'functions', 'places');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'note.txt'), 'found');
  const lines = [
    "import { readFileSync } from 'node:fs';",
    "import pg from 'pg';",
    "const read = (from: string | URL) => readFileSync(from, 'utf8');",
    "const url = read(new URL('./note.txt', import.meta.url));",
    'const folder = read(`${import.meta.dirname}/note.txt`);',
    'const file = import.meta.filename.endsWith("places/main.ts");',
    'process.stdout.write([url, folder, file, typeof pg.Pool].join(" "));',
  ];
  await writeFile(join(folder, 'main.ts'), lines.join('\n'));
  const [{ file }] = await bundle('places');
  expect((await run(process.execPath, [file], { cwd: '/' })).stdout).toBe('found found true function');
});

test('a function that cannot be bundled is named with the reason', async () => {
  await mkdir(join(root, 'functions', 'broken'), { recursive: true });
  await writeFile(join(root, 'functions', 'broken', 'main.ts'), "import './absent.ts';");
  await expect(bundle('broken')).rejects.toThrow(/broken.*absent/s);
  await expect(bundle('absent')).rejects.toThrow(/absent/);
});

describe('first request from zero, a Hono function', () => {
  test.each([
    ['bundled', true, 1000],
    ['from its source', false, 3000],
  ])('%s', async (what, bundled, limit) => {
    await bundle('hello');
    const command = bundled
      ? bundleStarter(process.execPath, out(), root, join(root, 'cache'))
      : sourceStarter(process.execPath, testFunctions, root);
    const seconds: number[] = [];
    for (let n = 0; n < 4; n++) {
      const runtime = await openTestRuntime([serviceManifest('hello', {})], { command });
      const begun = performance.now();
      expect(await (await fetch(`${runtime.url}/hello`)).json()).toEqual({ name: 'world' });
      seconds.push(performance.now() - begun);
      await runtime.close();
    }
    process.stdout.write(`first answer from zero, ${what}: ${seconds.map((ms) => ms.toFixed(0)).join(', ')} ms\n`);
    expect(Math.min(...seconds)).toBeLessThan(limit);
  });
});
