import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { goPrograms, jarsPath, onPath, programPath, schemathesisPath, type GoProgram } from './find-services.ts';
import { versions } from './versions.ts';

const usage = `Gets the servers that tests and \`npm run start:services\` use, each once and in its pinned version.
  --minio         MinIO as well (a build of some minutes); without it versitygw stands in for it
  --chaos         toxiproxy and schemathesis as well, for \`npm run chaos\`
  --cache FOLDER  where they are kept (.cache/services)
Needs go, java and maven, with --chaos python3 as well; packages come from where these are set to get them.`;

const say = (text: string): void => void process.stdout.write(`${text}\n`);

class Refusal extends Error {}

function main(): void {
  const { values } = parseArgs({
    options: {
      minio: { type: 'boolean' },
      chaos: { type: 'boolean' },
      cache: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) return say(usage);
  const cache = resolve(values.cache ?? fileURLToPath(new URL('../.cache/services', import.meta.url)));
  mkdirSync(cache, { recursive: true });
  getElasticMq(cache);
  getGoProgram(cache, 'versitygw');
  if (values.minio) getGoProgram(cache, 'minio');
  if (!values.chaos) return;
  getGoProgram(cache, 'toxiproxy');
  getSchemathesis(cache);
}

/** Makes a folder beside its place and moves it there when it is whole, so that an interrupted run leaves nothing. */
function once(name: string, place: string, make: (draft: string) => void): void {
  if (existsSync(place)) return say(`${name} is there`);
  say(`${name}: getting it ...`);
  const began = performance.now();
  const draft = mkdtempSync(`${place}-`);
  try {
    make(draft);
    if (!existsSync(place)) renameSync(draft, place);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
  say(`${name} is there after ${((performance.now() - began) / 1000).toFixed(0)} s`);
}

function getGoProgram(cache: string, name: GoProgram): void {
  once(`${name} ${versions[name]}`, dirname(programPath(cache, name)), (draft) => {
    need('go', 'install Go (golang.org), 1.26 or newer');
    const module = goPrograms[name];
    run(['CGO_ENABLED=0', `GOBIN=${draft}`], 'go', ['install', `${module}@${versions[name]}`]);
    if (basename(module) !== name) renameSync(join(draft, basename(module)), join(draft, name));
  });
}

function getElasticMq(cache: string): void {
  once(`ElasticMQ ${versions.elasticmq}`, dirname(jarsPath(cache)), (draft) => {
    need('mvn', 'install the Debian package maven');
    const pom = fileURLToPath(new URL('elasticmq/pom.xml', import.meta.url));
    const goal = ['dependency:copy-dependencies', `-DoutputDirectory=${join(draft, 'lib')}`];
    run([], 'mvn', ['-q', '-B', '-ntp', '-f', pom, ...goal]);
  });
  need('java', 'install the Debian package default-jre-headless');
}

/** In an environment of its own with the locked packages, which can be moved to its place. */
function getSchemathesis(cache: string): void {
  const place = dirname(dirname(dirname(schemathesisPath(cache))));
  const lock = (name: string) => fileURLToPath(new URL(`schemathesis/${name}`, import.meta.url));
  once(`schemathesis ${versions.schemathesis}`, place, (draft) => {
    need('python3', 'install the Debian packages python3 and python3-venv');
    const [tools, venv] = [join(draft, 'tools'), join(draft, 'venv')];
    run([], 'python3', ['-m', 'venv', tools]);
    const locked = ['--quiet', '--require-hashes', '--only-binary', ':all:'];
    const pip = ['-m', 'pip', 'install', '--disable-pip-version-check', ...locked];
    run([], join(tools, 'bin', 'python'), [...pip, '-r', lock('uv-requirements.txt')]);
    const uv = join(tools, 'bin', 'uv');
    run([], uv, ['venv', '--quiet', '--relocatable', '--no-python-downloads', '--python', 'python3', venv]);
    run([], uv, ['pip', 'sync', ...locked, '--python', join(venv, 'bin', 'python'), lock('requirements.txt')]);
    rmSync(tools, { recursive: true });
  });
}

function need(program: string, advice: string): void {
  if (onPath(program) === null) throw new Refusal(`${program} is not on this machine: ${advice}`);
}

function run(variables: string[], program: string, args: string[]): void {
  const { status, error } = spawnSync('env', [...variables, program, ...args], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (error || status !== 0)
    throw new Refusal(`${program} ${args[0]} failed${error ? `: ${error.message}` : ''}; it says why above`);
}

try {
  main();
} catch (error) {
  if (!(error instanceof Refusal)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
