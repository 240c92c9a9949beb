import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { makeHome } from '../cli/platform/make-home.ts';
import { readPlatformSettings, serverEnvironment } from '#shared/config/platform-settings.ts';
import { projectRoot } from '#shared/config/project-root.ts';
import { GeoCropError } from '#shared/domain/errors.ts';
import { defaultPorts, openServices, type Services } from './open-services.ts';

const usage = `Starts PostgreSQL, an S3 server and an SQS server on this machine, and the platform on them, until Ctrl-C.
  --only-services          without the platform
  --postgresql-port 5433   --s3-port 9000   --sqs-port 9324
  --cache FOLDER           where \`npm run services:get\` has put the servers (.cache/services)
What follows -- goes to \`geocrop start\`. Data and passwords lie in GEOCROP_HOME/services.`;

const say = (text: string) => process.stderr.write(`${text}\n`);

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      'only-services': { type: 'boolean' },
      'postgresql-port': { type: 'string', default: String(defaultPorts.postgresql) },
      's3-port': { type: 'string', default: String(defaultPorts.s3) },
      'sqs-port': { type: 'string', default: String(defaultPorts.sqs) },
      cache: { type: 'string', default: join(projectRoot, '.cache', 'services') },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) {
    say(usage);
    return 0;
  }
  const { home } = readPlatformSettings();
  await makeHome(home);
  const folder = join(home, 'services');
  const ports = {
    postgresql: Number(values['postgresql-port']),
    s3: Number(values['s3-port']),
    sqs: Number(values['sqs-port']),
  };
  const stopped = untilStopped();
  const services = await openServices(folder, resolve(values.cache), ports, say);
  try {
    const environment = join(folder, 'env');
    await describe(services, environment);
    const lost = services.lost.then((name) => say(`${name} has ended by itself; see its log in ${folder}`));
    if (!values['only-services']) return await runPlatform(environment, positionals, stopped, lost);
    say('\nCtrl-C stops them');
    return await Promise.race([stopped.then(() => 0), lost.then(() => 1)]);
  } finally {
    say('stopping the servers ...');
    await services.close();
  }
}

/** Says where everything is; the variables for the functions, passwords among them, go to a file of the owner's. */
async function describe(services: Services, path: string): Promise<void> {
  const env = { DATABASE_URL: services.databaseUrl, ...serverEnvironment(services) };
  const lines = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  await writeFile(path, `${lines.join('\n')}\n`, { mode: 0o600 });
  const { host, pathname } = new URL(services.databaseUrl);
  say(`
PostgreSQL  ${host}${pathname}
S3          ${services.objects.endpoint} (buckets ${services.objects.bucketPrefix}-...)
SQS         ${services.sqs.endpoint}
Environment of the functions, with passwords: set -a; . ${path}
`);
  for (const line of lines) say(/PASSWORD|SECRET|DATABASE_URL/.test(line) ? line.replace(/=.*/, '=...') : line);
}

/** Runs the platform as a user would; at a terminal Ctrl-C reaches it at the same time as us. */
async function runPlatform(
  environment: string,
  args: readonly string[],
  stopped: Promise<NodeJS.Signals>,
  lost: Promise<unknown>,
): Promise<number> {
  const main = join(projectRoot, 'cli', 'main.ts');
  // By the file, for what stands on a command line can be seen by everybody.
  const script = ['sh', '-c', 'set -a; . "$0"; exec "$@"', environment];
  const command = [...script, process.execPath, main, 'start', ...args];
  const child = spawn('setpriv', ['--pdeathsig=TERM', ...command], { stdio: 'inherit' });
  const ended = new Promise<number>((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code) => resolve(code ?? 1));
  });
  void stopped.then((signal) => signal !== 'SIGINT' && child.kill(signal));
  void lost.then(() => child.kill('SIGTERM'));
  return ended;
}

/** From now on signals only say that it is time to stop. */
function untilStopped(): Promise<NodeJS.Signals> {
  const { promise, resolve } = Promise.withResolvers<NodeJS.Signals>();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => resolve(name));
  return promise;
}

try {
  process.exitCode = await main();
} catch (error) {
  const isUsage = error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS');
  if (!(error instanceof GeoCropError) && !isUsage) throw error;
  say(error.message);
  process.exitCode = 1;
}
