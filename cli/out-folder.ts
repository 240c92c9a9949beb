import { access, constants, mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { GeoCropError } from '#shared/domain/errors.ts';
import { diskError } from '#shared/storage/directory-store.ts';

/** Where a run writes: everything in a folder beside the wanted one, moved there whole when it is finished. */
export interface OutFolder {
  /** The folder that the person named. */
  final: string;
  /** Kept when a run fails, so that the next one goes on from its parts. */
  working: string;
  /** Files of the result. */
  staging: string;
}

const ours = ['report.json', 'map.tif', 'features.tif'];

/** Refuses a folder that holds something, unless it may be replaced and holds a result of this program. */
export async function openOutFolder(out: string, force: boolean): Promise<OutFolder> {
  const final = resolve(out);
  await checkFree(final, force);
  return makeWorking(final);
}

async function makeWorking(final: string): Promise<OutFolder> {
  const working = join(dirname(final), `.${basename(final)}.partial`);
  const staging = join(working, 'result');
  try {
    await rm(staging, { recursive: true, force: true });
    await mkdir(staging, { recursive: true });
    await access(dirname(final), constants.W_OK);
  } catch (error) {
    const full = diskError(error, dirname(final));
    if (full instanceof GeoCropError) throw full;
    throw refused(`cannot write to ${dirname(final)}: ${(error as Error).message}`, error);
  }
  return { final, working, staging };
}

const refused = (message: string, cause?: unknown) =>
  new GeoCropError('output-exists', message, { field: 'out', cause });

async function checkFree(final: string, force: boolean): Promise<void> {
  const found = await stat(final).catch(() => null);
  if (!found) return;
  if (!found.isDirectory()) throw refused(`${final} is a file; name a folder that does not exist yet`);
  const names = await readdir(final);
  if (names.length === 0) return;
  if (!force) throw refused(`${final} exists and is not empty; name another folder, or say --force to replace it`);
  if (!names.some((name) => ours.includes(name)))
    throw refused(`${final} holds other things than a result of geocrop and is not replaced; name another folder`);
}

/** Refuses a file that is there already, unless it may be replaced. */
export async function checkOutFile(final: string, force: boolean): Promise<void> {
  const found = await stat(final).catch(() => null);
  if (found?.isDirectory()) throw refused(`${final} is a folder; name a file`);
  if (found && !force) throw refused(`${final} exists; name another file, or say --force to replace it`);
}

/** As `openOutFolder`, for a result that is one file of the same name in the staging folder. */
export async function openOutFile(out: string, force: boolean): Promise<OutFolder> {
  await checkOutFile(resolve(out), force);
  return makeWorking(resolve(out));
}

/** Moves the one file of a result to its place and clears the working folder. */
export async function finishOutFile({ final, working, staging }: OutFolder, name: string): Promise<void> {
  await rename(join(staging, name), final);
  await rm(working, { recursive: true, force: true });
}

/** Puts the finished files in place of what was there and clears the working folder. */
export async function finishOutFolder({ final, working, staging }: OutFolder): Promise<void> {
  const old = join(working, 'replaced');
  await rename(final, old).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
  await rename(staging, final);
  await rm(working, { recursive: true, force: true });
}
