import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { readPlatformSettings, type PlatformSettings } from '#shared/config/platform-settings.ts';
import { findJob } from '#shared/db/job-row.ts';
import { GeoCropError } from '#shared/domain/errors.ts';
import type { Report } from '#shared/domain/report.ts';
import { resultPrefix } from '#shared/mapping/stored-task.ts';
import { openStore } from '#shared/storage/open-store.ts';
import { diskError } from '#shared/storage/directory-store.ts';
import type { JobInfo } from '../client/watch-job.ts';
import { defaultWorkers, type CliContext } from '../context.ts';
import { agreementWithLabels } from './demo.ts';
import { knownDemoJob, runDemoJob } from '../platform/demo-job.ts';
import { openPlatform, type Platform } from '../platform/open-platform.ts';
import { watchMemory, type MemoryUse } from '../platform/memory-watch.ts';
import { shareDemo } from '../platform/share-demo.ts';
import { Progress } from '../progress.ts';
import { summary } from '../summary.ts';

export interface StartOptions {
  dev?: boolean | undefined;
  demo?: boolean | undefined;
}

/** Runs the platform on this machine until it is told to stop; the first start maps the demo. */
export async function start(options: StartOptions, context: CliContext): Promise<void> {
  const progress = new Progress(process.stderr, context.json);
  try {
    await run(options, context, progress);
  } catch (error) {
    // Told to stop, it stops: whatever was under way then goes on at the next start.
    if (!context.signal.aborted) throw error;
  }
}

async function run(options: StartOptions, context: CliContext, progress: Progress): Promise<void> {
  const settings = settingsOrRefusal();
  const broken = Promise.withResolvers<never>();
  broken.promise.catch(() => {});
  const platform = await openPlatform({
    settings,
    shared: context.settings,
    product: context.product,
    dev: options.dev ?? false,
    workers: defaultWorkers(),
    note: (text) => progress.note(text),
    onDatabaseFailure: (cause) => broken.reject(databaseBroke(cause, settings.home)),
  });
  const stopWatching = watchMemory(platform.runtime);
  try {
    context.signal.throwIfAborted();
    progress.note(`GeoCrop runs at ${platform.url}`);
    if (platform.firstAdmin) progress.note(adminNote(platform.firstAdmin, settings.home));
    const demo = options.demo === false ? null : tryDemo(platform, settings, progress, context);
    await Promise.race([demo, broken.promise]);
    progress.note(memoryNote(await stopWatching()));
    progress.note(`\nOpen ${platform.url}   (Ctrl-C stops it)`);
    await Promise.race([untilAborted(context.signal), broken.promise]);
  } finally {
    if (context.signal.aborted) progress.note('stopping ...');
    await stopWatching().catch(() => {});
    await platform.close();
  }
}

function settingsOrRefusal(): PlatformSettings {
  try {
    return readPlatformSettings();
  } catch (cause) {
    throw new GeoCropError('usage', (cause as Error).message, { cause });
  }
}

const adminNote = ({ name, password }: { name: string; password: string }, home: string) =>
  `The administrator is "${name}" with the password ${password}\n(shown once; kept for you alone in ${join(home, 'admin-password')})`;

function databaseBroke(cause: Error, home: string): unknown {
  const full = diskError(cause, home);
  if (full !== cause) return full;
  const message = `the embedded database broke and does not open again: ${cause.message}`;
  return new GeoCropError('unavailable', message, { cause });
}

/** The platform serves with its demo or without: what is wrong with it is said and no more. */
async function tryDemo(...demo: Parameters<typeof showDemo>): Promise<void> {
  const [, , progress, context] = demo;
  try {
    await showDemo(...demo);
  } catch (error) {
    if (context.signal.aborted) throw error;
    progress.note(`the demo was not mapped: ${(error as Error).message}`);
  }
}

type JobEnd = Pick<JobInfo, 'jobID' | 'status' | 'error'>;

/** Shows the demo's summary: of the job of an earlier start, or of one that is run now. */
async function showDemo(
  platform: Platform,
  settings: PlatformSettings,
  progress: Progress,
  context: CliContext,
): Promise<void> {
  const known = await knownDemoJob(settings.home);
  const earlier = known === null ? null : await findJob(platform.db, known, null);
  const isDone = earlier?.state === 'successful';
  if (isDone) await shareDemo(platform.db, settings.home, earlier);
  else progress.note('mapping the demo season ...');
  const job: JobEnd | null = isDone
    ? { jobID: earlier.id, status: 'successful' }
    : await runDemoJob(platform, settings.home, progress, context.signal);
  if (job?.status !== 'successful') {
    progress.note(
      job
        ? `the demo was not mapped: ${job.error?.message ?? job.status}`
        : 'the demo is left out: log in and submit it yourself',
    );
    return;
  }
  const folder = await resultFolder(settings, job.jobID);
  const report: Report = JSON.parse(await readFile(join(folder, 'report.json'), 'utf8'));
  report.agreement = await agreementWithLabels({ report, folder });
  context.print(`\n${summary(report, folder)}`, { url: platform.url, job: job.jobID, folder, ...report });
}

/** Where a job's result lies on this machine; what a server keeps is copied here. */
async function resultFolder(settings: PlatformSettings, jobId: string): Promise<string> {
  const prefix = resultPrefix(jobId);
  if (!settings.objects) return join(settings.home, 'objects', prefix);
  const store = await openStore(settings, 'results');
  const folder = join(settings.home, 'run', prefix);
  await mkdir(folder, { recursive: true });
  for (const key of await store.list(prefix)) await writeFile(join(folder, basename(key)), (await store.get(key))!);
  return folder;
}

const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(0)} MB`;

function memoryNote({ peak, now }: { peak: MemoryUse; now: MemoryUse }): string {
  const functions = peak.functions.map(({ name, bytes }) => `${name} ${megabytes(bytes)}`).join(', ');
  return `memory     ${megabytes(now.bytes)} in all now, ${megabytes(peak.bytes)} at most${functions ? ` (${functions}; the rest is the database)` : ''}`;
}

async function untilAborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, 'abort');
}
