import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chown, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { GeoCropError } from '#shared/domain/errors.ts';
import { onPath, postgresBinaries } from './find-services.ts';
import { asUser, startServer, type ServerProcess } from './server-process.ts';

const run = promisify(execFile);
const database = 'geocrop';

export interface PostgresServer extends ServerProcess {
  /** Of the platform's database, as its owner, who is no superuser. */
  url: string;
}

/** Starts PostgreSQL with PostGIS on the loopback, durable, with the platform's database and its owner. */
export async function startPostgres(folder: string, port: number, password: string): Promise<PostgresServer> {
  if (!existsSync(join(postgresBinaries, 'postgres')))
    throw new GeoCropError(
      'setup-missing',
      'PostgreSQL 15 with PostGIS is not on this machine; install the Debian packages postgresql-15 and postgresql-15-postgis-3',
    );
  await mkdir(folder, { recursive: true, mode: 0o700 });
  // PostgreSQL does not run as root.
  const user = process.getuid?.() === 0 ? 'postgres' : undefined;
  if (user) await giveTo(user, folder);
  if (!existsSync(join(folder, 'data'))) await initialize(folder, user, password);
  const admin = { host: '127.0.0.1', port, user: 'postgres', password, connectionTimeoutMillis: 5000 };
  const server = await startServer({
    name: 'postgresql',
    command: join(postgresBinaries, 'postgres'),
    args: [
      '-D',
      join(folder, 'data'),
      '-c',
      `port=${port}`,
      '-c',
      'listen_addresses=127.0.0.1',
      '-c',
      'unix_socket_directories=',
    ],
    cwd: folder,
    log: join(folder, 'log'),
    stopSignal: 'SIGINT',
    user,
    isReady: () => withClient({ ...admin, database: 'postgres' }, (client) => client.query('SELECT 1')),
  });
  try {
    await makeDatabase(admin, password);
  } catch (error) {
    await server.stop();
    throw error;
  }
  return { ...server, url: `postgresql://${database}:${password}@127.0.0.1:${port}/${database}` };
}

async function giveTo(user: string, path: string): Promise<void> {
  const ids = await Promise.all(['-u', '-g'].map((flag) => run('id', [flag, user])));
  const [uid, gid] = ids.map(({ stdout }) => Number(stdout));
  await chown(path, uid, gid);
}

/** Beside its place first: one that was interrupted is begun again. */
async function initialize(folder: string, user: string | undefined, password: string): Promise<void> {
  const draft = join(folder, 'data.new');
  const passwordFile = join(folder, 'password.new');
  await rm(draft, { recursive: true, force: true });
  await writeFile(passwordFile, password, { mode: 0o600 });
  if (user) await giveTo(user, passwordFile);
  const access = ['-U', 'postgres', `--pwfile=${passwordFile}`, '-A', 'scram-sha-256'];
  const initdb = [join(postgresBinaries, 'initdb'), '-D', draft, ...access, '-E', 'UTF8', '--locale=C.UTF-8'];
  const [command, ...args] = [...(user ? [onPath('setpriv') ?? 'setpriv', ...asUser(user)] : []), ...initdb];
  await run(command, args, { cwd: folder });
  await rm(passwordFile);
  await rename(draft, join(folder, 'data'));
}

type Access = pg.ClientConfig;

async function withClient(access: Access, work: (client: pg.Client) => Promise<unknown>): Promise<void> {
  const client = new pg.Client(access);
  // Trouble while it waits is told by the query that follows.
  client.on('error', () => {});
  try {
    await client.connect();
    await work(client);
  } finally {
    await client.end().catch(() => {});
  }
}

/** PostGIS can be made by a superuser only; everything else is the owner's. */
async function makeDatabase(admin: Access, password: string): Promise<void> {
  await withClient({ ...admin, database: 'postgres' }, async (client) => {
    const { rowCount: roles } = await client.query('SELECT 1 FROM pg_roles WHERE rolname = $1', [database]);
    if (roles === 0) await client.query(`CREATE ROLE ${database} LOGIN PASSWORD ${client.escapeLiteral(password)}`);
    const { rowCount: databases } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [database]);
    if (databases === 0) await client.query(`CREATE DATABASE ${database} OWNER ${database}`);
  });
  await withClient({ ...admin, database }, (client) => client.query('CREATE EXTENSION IF NOT EXISTS postgis'));
}
