#!/usr/bin/env node
// The one entry point, in plain JavaScript so that any Node from 20 on can read it: installs what is missing,
// then continues on the Node 24 that came with the packages.
//   start.mjs <geocrop arguments>          the command line (npx geocrop, npm start)
//   start.mjs --exec <tool> <arguments>    a development tool on the same runtime (npm test, npm run lint)
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(fileURLToPath(import.meta.url));
const wanted = 24;

function fail(message) {
  console.error(`geocrop: ${message}`);
  process.exit(1);
}

/** What the installed packages were made from; a changed lock file or another processor means a new install. */
function installKey() {
  const lock = readFileSync(join(root, 'package-lock.json'));
  return createHash('sha256').update(lock).update(`${process.platform}-${process.arch}`).digest('hex');
}

function install() {
  const stamp = join(root, 'node_modules', '.geocrop-install');
  const key = installKey();
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === key) return;
  console.error('geocrop: installing packages (once) ...');
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  const result = spawnSync(npm, ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
    // The CPU library of ONNX Runtime is in its package; its install script only adds CUDA, from the internet.
    env: { ...process.env, ONNXRUNTIME_NODE_INSTALL: 'skip' },
  });
  if (result.error) fail(`npm could not be started (${result.error.message}); install npm and run this again`);
  if (result.status !== 0) fail('installing the packages failed; npm says why above. Run the same command again');
  linkCommand();
  writeFileSync(stamp, key);
}

/** Lets `npx geocrop` find this checkout without asking a registry. */
function linkCommand() {
  const bin = join(root, 'node_modules', '.bin');
  mkdirSync(bin, { recursive: true });
  if (!existsSync(join(bin, 'geocrop'))) symlinkSync('../../start.mjs', join(bin, 'geocrop'));
}

function runtime() {
  if (Number(process.versions.node.split('.')[0]) >= wanted) return process.execPath;
  const packaged = join(root, 'node_modules', `node-linux-${process.arch}`, 'bin', 'node');
  if (process.platform === 'linux' && existsSync(packaged)) return packaged;
  return fail(
    `needs Node ${wanted} or newer here (this is ${process.versions.node} on ${process.platform} ${process.arch}); only Linux x64 and arm64 bring their own`,
  );
}

/** Commands that let other processes compute: V8 needs little room in theirs, and would take what it is given. */
const frugal = ['map', 'features', 'demo'];

function target(node, argv) {
  const flags = frugal.includes(argv[0]) ? ['--max-semi-space-size=2'] : [];
  if (argv[0] !== '--exec') return [...flags, join(root, 'cli', 'main.ts'), ...argv];
  const [tool, ...rest] = argv.slice(1);
  if (tool === 'node') return rest;
  const manifest = join(root, 'node_modules', tool === 'tsc' ? 'typescript' : tool, 'package.json');
  const { bin } = JSON.parse(readFileSync(manifest, 'utf8'));
  return [join(dirname(manifest), typeof bin === 'string' ? bin : bin[tool]), ...rest];
}

/**
 * What makes the program start sooner and hold less: compiled code is kept beside the packages, and glibc gives the
 * memory of large buffers back at once and has one heap for all threads.
 */
const tuning = {
  NODE_COMPILE_CACHE: join(root, 'node_modules', '.cache', 'compiled'),
  MALLOC_MMAP_THRESHOLD_: String(2 ** 18),
  MALLOC_ARENA_MAX: '1',
};

/** Runs a program in our place, which costs no memory; as a child where this Node cannot do that. */
function become(node, args, defaults) {
  const env = { ...defaults, ...process.env, PATH: `${dirname(node)}:${process.env.PATH ?? ''}` };
  if (process.platform === 'linux' && process.execve) process.execve(node, [node, ...args], env);
  runChild(node, args, env);
}

/** Ctrl-C reaches the child through the terminal, its exit code becomes ours. */
function runChild(node, args, env) {
  const child = spawn(node, args, { stdio: 'inherit', env });
  process.on('SIGINT', () => {});
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => fail(`could not start ${node}: ${error.message}`));
  child.on('exit', (code, signal) => process.exit(signal === 'SIGINT' ? 130 : (code ?? 1)));
}

if (Number(process.versions.node.split('.')[0]) < 20)
  fail(`needs Node 20 or newer to start, not ${process.versions.node}`);
install();
const node = runtime();
const argv = process.argv.slice(2);
become(node, target(node, argv), argv[0] === '--exec' ? {} : tuning);
