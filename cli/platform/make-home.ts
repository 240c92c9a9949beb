import { access, constants, mkdir, stat, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { GeoCropError } from '#shared/domain/errors.ts';

const refused = (reason: string, cause?: unknown) =>
  new GeoCropError('setup-missing', `${reason}; set GEOCROP_HOME to a folder that can be written`, { cause });

/** Makes the folder of everything that is kept, for its owner alone; refuses a place that nothing can be kept in. */
export async function makeHome(home: string): Promise<void> {
  const found = await stat(home).catch((cause) => {
    if (cause.code === 'ENOENT') return null;
    throw refused(`${home} cannot be used: ${cause.message}`, cause);
  });
  if (found && !found.isDirectory()) throw refused(`${home} is a file`);
  if (!found) await makeFolder(home);
  await access(home, constants.W_OK).catch((cause) => {
    throw refused(`${home} cannot be written`, cause);
  });
  await checkSpace(home);
}

/** A new database takes a good part of it; on a full disk it could not say what it lacks. */
const neededMegabytes = 200;

async function checkSpace(home: string): Promise<void> {
  const { bavail, bsize } = await statfs(home);
  const free = Math.floor((bavail * bsize) / 1e6);
  if (free >= neededMegabytes) return;
  throw new GeoCropError(
    'disk-full',
    `the disk that holds ${home} has ${free} MB left and at least ${neededMegabytes} are needed; free some space, or set GEOCROP_HOME to another disk`,
  );
}

/** One level after the other: where the system refuses a folder in one that is there, `recursive` would try for ever. */
async function makeFolder(path: string): Promise<void> {
  const parent = dirname(path);
  const hasParent = await stat(parent).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (!hasParent && parent !== path) await makeFolder(parent);
  await mkdir(path, { mode: 0o700 }).catch((cause) => {
    if (cause.code !== 'EEXIST') throw refused(`${path} cannot be made: ${cause.message}`, cause);
  });
}
