import { mkdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { Client, type ClientOptions } from './client.ts';
import { Engine } from './engine.ts';
import { takePidLock } from './pid-lock.ts';
import { ProtocolError } from './protocol-error.ts';
import { fatalMessage, Session } from './session.ts';
import { clearSocket, makePrivateFolder, socketPathIn, socketPort } from './socket-address.ts';
import { Turns } from './turns.ts';

export interface EmbeddedOptions {
  /** Everything that is kept: the cluster in `data`, the lock beside it. */
  folder: string;
  /** A folder of this user alone, for the socket; made where there is none. */
  socketFolder: string;
  /** Largest statement with its values, bytes. */
  maxGroupBytes?: number | undefined;
  maxResultBytes?: number | undefined;
  maxClients?: number | undefined;
  idleInTransactionMs?: number | undefined;
  executeTimeoutMs?: number | undefined;
  /** Entry of the database's thread, where a bundle put it elsewhere. */
  workerUrl?: URL | undefined;
  /** The database broke and does not open again: nothing is served any more. */
  onFailure?: ((error: Error) => void) | undefined;
}

export interface EmbeddedDatabase {
  /** For `pg` and other clients of PostgreSQL, in this process or another one of this user. */
  url: string;
  /** Drops all clients, ends their transactions and closes the cluster. */
  close(): Promise<void>;
}

const mebibyte = 2 ** 20;

/**
 * Opens the PostGIS that comes with the packages, behind PostgreSQL's own protocol on a unix socket: about 8 s where
 * the folder is new, 2 s after that.
 *
 * @throws GeoCropError `unavailable` where another process has the folder open
 */
export async function openEmbeddedDatabase(options: EmbeddedOptions): Promise<EmbeddedDatabase> {
  const socketPath = socketPathIn(options.socketFolder);
  makePrivateFolder(options.socketFolder);
  mkdirSync(options.folder, { recursive: true, mode: 0o700 });
  const lock = await takePidLock(join(options.folder, 'lock'), `the database in ${options.folder}`);
  try {
    await clearSocket(socketPath);
    const engine = await openEngine(options);
    const close = await listen(options, engine, socketPath);
    return {
      url: `postgresql://geocrop@localhost:${socketPort}/postgres?host=${encodeURIComponent(options.socketFolder)}`,
      close: () => close().finally(() => lock.release()),
    };
  } catch (error) {
    lock.release();
    throw error;
  }
}

const openEngine = (options: EmbeddedOptions): Promise<Engine> =>
  Engine.open({
    folder: join(options.folder, 'data'),
    maxResultBytes: options.maxResultBytes ?? 256 * mebibyte,
    executeTimeoutMs: options.executeTimeoutMs ?? 180_000,
    workerUrl: options.workerUrl,
  });

/** Serves clients on the socket; gives the function that ends it all. */
async function listen(options: EmbeddedOptions, engine: Engine, socketPath: string): Promise<() => Promise<void>> {
  const serving = new Map<Client, Promise<void>>();
  const server = acceptClients(options, engine, serving);
  server.listen(socketPath);
  try {
    await once(server, 'listening');
  } catch (error) {
    await engine.close();
    throw error;
  }
  return async () => {
    server.close();
    for (const client of serving.keys()) client.end(new ProtocolError('57P01', 'the embedded database is closing'));
    await Promise.all(serving.values());
    await engine.close().finally(() => rm(socketPath, { force: true }));
  };
}

function acceptClients(options: EmbeddedOptions, engine: Engine, serving: Map<Client, Promise<void>>): Server {
  const { maxClients = 200, onFailure = () => {} } = options;
  const session = new Session(engine, onFailure);
  const turns = new Turns();
  const clientOptions: ClientOptions = {
    maxGroupBytes: options.maxGroupBytes ?? 64 * mebibyte,
    idleInTransactionMs: options.idleInTransactionMs ?? 30_000,
    serverVersion: engine.serverVersion,
  };
  let lastId = 0;
  return createServer((socket) => {
    if (serving.size >= maxClients) {
      socket.on('error', () => {}).end(fatalMessage(new ProtocolError('53300', 'too many clients already')));
      return;
    }
    const client = new Client(++lastId, socket, session, turns, clientOptions);
    serving.set(
      client,
      client.serve().finally(() => serving.delete(client)),
    );
  });
}
