import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import { columnTypes } from './column-types.ts';
import type { Schema } from './schema.ts';

export type Database = Kysely<Schema>;

/** An address as `postgresql://...`, or its parts; a `host` that is an absolute folder is that of a unix socket. */
export type DatabaseConnection =
  | { url: string }
  | {
      host: string;
      port?: number | undefined;
      user?: string | undefined;
      password?: string | undefined;
      database?: string | undefined;
    };

export interface DatabaseOptions {
  /** How the connections are called in the server's own lists. */
  applicationName?: string | undefined;
  maxConnections?: number | undefined;
  /** The server ends a statement, or a transaction that waits for its client, after so long; 0 never. */
  statementTimeoutMs?: number | undefined;
  idleInTransactionMs?: number | undefined;
  /** Told of a connection that broke; the pool replaces it, and a query that was under way rejects. */
  onConnectionError?: ((error: Error) => void) | undefined;
}

const acquireTimeoutMs = 30_000;

/**
 * The one data layer, over real PostgreSQL and over the embedded one alike. Connections are made as they are needed,
 * and `destroy()` ends them. Never a named statement, LISTEN, a session's advisory lock or SET: the embedded server's
 * clients share one session.
 */
export function openDatabase(connection: DatabaseConnection, options: DatabaseOptions = {}): Database {
  return new Kysely<Schema>({ dialect: new PostgresDialect({ pool: openPool(connection, options) }) });
}

function openPool(connection: DatabaseConnection, options: DatabaseOptions): pg.Pool {
  const { statementTimeoutMs = 60_000, idleInTransactionMs = 30_000 } = options;
  const pool = new pg.Pool({
    ...address(connection),
    types: columnTypes(),
    max: options.maxConnections ?? 10,
    connectionTimeoutMillis: acquireTimeoutMs,
    application_name: options.applicationName ?? 'geocrop',
    // Part of the start-up message: they belong to this connection alone, and the embedded server has its own.
    statement_timeout: statementTimeoutMs,
    idle_in_transaction_session_timeout: idleInTransactionMs,
  });
  const { onConnectionError = () => {} } = options;
  // Without a listener of its own, a connection that breaks between two statements would end the process.
  pool.on('connect', (client) => client.on('error', onConnectionError));
  return pool.on('error', () => {});
}

function address(connection: DatabaseConnection): pg.PoolConfig {
  if ('url' in connection) return { connectionString: connection.url };
  const { host, port = 5432, user = 'geocrop', password = '', database = 'postgres' } = connection;
  return { host, port, user, password, database };
}
