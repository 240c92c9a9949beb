import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import pg from 'pg';

const run = promisify(execFile);
const binaries = '/usr/lib/postgresql/15/bin';
const startMs = 60_000;

/** Whether Debian's PostgreSQL 15 with PostGIS is on this machine. */
export const postgresInstalled = (): boolean =>
  existsSync(join(binaries, 'postgres')) && existsSync('/usr/share/postgresql/15/extension/postgis.control');

/** A real server for one run of the tests: on a unix socket in a folder of its own, with nothing made durable. */
export interface Cluster {
  /** Folder of the socket. */
  folder: string;
  close(): Promise<void>;
}

export const clusterUrl = (folder: string, database: string): string =>
  `postgresql://postgres@localhost:5432/${database}?host=${encodeURIComponent(folder)}`;

export async function startCluster(): Promise<Cluster> {
  const folder = mkdtempSync(join(tmpdir(), 'geocrop-pg-'));
  const data = join(folder, 'data');
  try {
    if (isRoot()) await run('chown', ['postgres:', folder]);
    const [command, ...prefix] = asPostgres(folder);
    const locale = ['-E', 'UTF8', '--locale=C.UTF-8'];
    await run(
      command,
      [...prefix, `${binaries}/initdb`, '-D', data, '-U', 'postgres', '-A', 'trust', ...locale, '--no-sync'],
      { cwd: folder },
    );
    const server = startServer(folder, data);
    const close = () => stopServer(server, folder);
    await untilReady(server, folder).catch(async (error: unknown) => {
      await close();
      throw error;
    });
    return { folder, close };
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

const isRoot = () => process.getuid?.() === 0;

/** PostgreSQL refuses to run as root; the server must also end when this process dies without a word. */
const asPostgres = (folder: string): string[] => [
  'setpriv',
  ...(isRoot() ? ['--reuid=postgres', '--regid=postgres', '--init-groups'] : []),
  '--pdeathsig=INT',
  'env',
  `HOME=${folder}`,
];

function startServer(folder: string, data: string): ChildProcess {
  const settings = {
    listen_addresses: '',
    unix_socket_directories: folder,
    max_connections: '200',
    fsync: 'off',
    full_page_writes: 'off',
    synchronous_commit: 'off',
  };
  const log = openSync(join(folder, 'log'), 'w');
  const [command, ...prefix] = asPostgres(folder);
  const options = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  return spawn(command, [...prefix, `${binaries}/postgres`, '-D', data, ...options], {
    cwd: folder,
    stdio: ['ignore', log, log],
  });
}

async function untilReady(server: ChildProcess, folder: string): Promise<void> {
  const deadline = Date.now() + startMs;
  while (!(await answers(folder))) {
    if (server.exitCode !== null || Date.now() > deadline)
      throw new Error(`PostgreSQL did not start:\n${readFileSync(join(folder, 'log'), 'utf8').slice(-2000)}`);
    await sleep(50);
  }
}

async function answers(folder: string): Promise<boolean> {
  const client = new pg.Client(clusterUrl(folder, 'postgres'));
  try {
    await client.connect();
    await client.end();
    return true;
  } catch {
    return false;
  }
}

async function stopServer(server: ChildProcess, folder: string): Promise<void> {
  if (server.exitCode === null && server.signalCode === null) {
    const ended = new Promise((resolve) => server.once('exit', resolve));
    server.kill('SIGINT');
    await ended;
  }
  rmSync(folder, { recursive: true, force: true });
}
