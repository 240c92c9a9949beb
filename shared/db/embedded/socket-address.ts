import { chmodSync, lstatSync, mkdirSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { GeoCropError } from '#shared/domain/errors.ts';

/** The port is part of the socket's file name, by PostgreSQL's convention. */
export const socketPort = 5432;
/** Limit of the system's socket addresses (macOS has 104), the closing zero included. */
const maxPathBytes = 104;

/** The path that PostgreSQL's clients look for in a socket folder. */
export function socketPathIn(folder: string): string {
  const path = join(folder, `.s.PGSQL.${socketPort}`);
  if (Buffer.byteLength(path) >= maxPathBytes)
    throw new GeoCropError(
      'setup-missing',
      `the folder for the database's socket, ${folder}, has too long a name for a socket (at most ${maxPathBytes} bytes in all); choose one with a shorter name`,
    );
  return path;
}

/** The server takes any password: the folder is what keeps other users of the machine out. */
export function makePrivateFolder(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const found = lstatSync(folder);
  const ours = process.getuid === undefined || found.uid === process.getuid();
  if (!found.isDirectory() || !ours)
    throw new GeoCropError(
      'setup-missing',
      `the folder for the database's socket, ${folder}, is not a folder of this user; remove it or choose another`,
    );
  chmodSync(folder, 0o700);
}

/** Removes the socket of a server that is gone; an error where one answers. */
export async function clearSocket(path: string): Promise<void> {
  const answered = await new Promise<boolean>((resolve) => {
    const socket = connect(path, () => resolve(true)).on('error', () => resolve(false));
    socket.on('connect', () => socket.destroy());
  });
  if (answered) throw new GeoCropError('unavailable', `another server listens on ${path}; stop it first`);
  rmSync(path, { force: true });
}
