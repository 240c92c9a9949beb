import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { GeoCropError } from '#shared/domain/errors.ts';
import { diskError } from '#shared/storage/directory-store.ts';

/** Where a run writes: everything in a folder beside the wanted one, moved there whole when it is finished. */
export interface OutFolder {
  /** The folder that the person named. */
  final: string;
  /** Kept when a run fails after some chunks, so that the next one goes on from their parts. */
  working: string;
  /** Files of the result. */
  staging: string;
}

const marks = ['report.json', 'map.tif'];
const ours = [...marks, 'map.tif.aux.xml', 'map.png', 'item.json'];

const refused = (message: string, cause?: unknown) =>
  new GeoCropError('output-exists', message, { field: 'out', cause });

/** Refuses a folder that holds something, unless it may be replaced and holds nothing but a result of this program. */
export async function openOutFolder(out: string, force: boolean): Promise<OutFolder> {
  const final = resolve(out);
  await putBack(final);
  await checkFree(final, force);
  await checkParent(final);
  return makeWorking(final);
}

/** As `openOutFolder`, for a result that is one file, of whatever name in the staging folder. */
export async function openOutFile(out: string, force: boolean): Promise<OutFolder> {
  const final = resolve(out);
  await checkOutFile(final, force);
  return makeWorking(final);
}

/** Refuses a file that is there already, unless it may be replaced, and one whose folder is not there. */
export async function checkOutFile(final: string, force: boolean): Promise<void> {
  const found = await stat(final).catch(() => null);
  if (found?.isDirectory()) throw refused(`${final} is a folder; name a file`);
  if (found && !force) throw refused(`${final} exists; name another file, or say --force to replace it`);
  await checkParent(final);
}

async function checkFree(final: string, force: boolean): Promise<void> {
  const found = await stat(final).catch(() => null);
  if (!found) return;
  if (!found.isDirectory()) throw refused(`${final} is a file; name a folder that does not exist yet`);
  const names = await readdir(final);
  if (names.length === 0) return;
  const foreign = names.find((name) => !ours.includes(name));
  if (foreign !== undefined || !names.some((name) => marks.includes(name)))
    throw refused(
      `${final} holds other things than a result of geocrop (${foreign ?? names[0]}) and is not replaced; name another folder`,
    );
  if (!force) throw refused(`${final} holds a result already; name another folder, or say --force to replace it`);
}

/** A mistyped path is not filled with new folders. */
export async function checkParent(final: string): Promise<void> {
  const parent = dirname(final);
  const found = await stat(parent).catch(() => null);
  if (!found?.isDirectory())
    throw refused(`there is no folder ${parent} to write ${basename(final)} in; make it or name another place`);
}

const workingOf = (final: string) => join(dirname(final), `.${basename(final)}.partial`);
/** Where a result lies from the moment that it makes room for a new one until that is in its place. */
const replacedIn = (working: string) => join(working, 'replaced');

/** Of a run that was killed after it had put the old result aside, and before the new one was there, the old one counts. */
async function putBack(final: string): Promise<void> {
  const old = replacedIn(workingOf(final));
  if (!(await stat(old).catch(() => null))) return;
  await rename(old, final).catch((error: NodeJS.ErrnoException) => {
    const isTaken = ['ENOTEMPTY', 'EEXIST', 'ENOTDIR'].includes(error.code!);
    if (!isTaken) throw refused(`cannot write in ${dirname(final)}: ${error.message}`, error);
  });
}

async function makeWorking(final: string): Promise<OutFolder> {
  const working = workingOf(final);
  const staging = join(working, 'result');
  try {
    await rm(staging, { recursive: true, force: true });
    // Folder by folder: asked for both at once, Node never comes back from places such as /proc.
    await mkdir(working).catch(thereAlready);
    await mkdir(staging);
  } catch (error) {
    const full = diskError(error, dirname(final));
    if (full instanceof GeoCropError) throw full;
    throw refused(`cannot write in ${dirname(final)}: ${(error as Error).message}`, error);
  }
  return { final, working, staging };
}

function thereAlready(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error;
}

/** Does the work of a run; where it fails, nothing stays but the parts of finished chunks that may be of use again. */
export async function workIn<T>(folder: OutFolder, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    await abandon(folder, error instanceof GeoCropError && error.kind === 'refused');
    throw error;
  }
}

async function abandon({ working, staging }: OutFolder, forGood: boolean): Promise<void> {
  const parts = await readdir(join(working, 'parts')).catch(() => []);
  const worthKeeping = !forGood && parts.some((name) => name.endsWith('.tif'));
  await rm(worthKeeping ? staging : working, { recursive: true, force: true });
}

/** Moves the one file of a result to its place and clears the working folder. */
export async function finishOutFile({ final, working, staging }: OutFolder, name: string): Promise<void> {
  await rename(join(staging, name), final);
  await rm(working, { recursive: true, force: true });
}

/** Puts the finished files in place of what was there and clears the working folder. */
export async function finishOutFolder({ final, working, staging }: OutFolder): Promise<void> {
  const old = replacedIn(working);
  await rm(old, { recursive: true, force: true });
  await rename(final, old).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
  await rename(staging, final);
  await rm(working, { recursive: true, force: true });
}
