import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { GeoCropError } from '#shared/domain/errors.ts';
import { readAoi, readYear } from '../arguments.ts';
import { ApiClient } from '../client/api-client.ts';
import { codeOf } from '../client/problem-error.ts';
import { watchJob, type JobInfo } from '../client/watch-job.ts';
import type { CliContext } from '../context.ts';
import { Progress } from '../progress.ts';

export interface SubmitOptions {
  at?: string | undefined;
  aoi?: string | undefined;
  year: string;
  season: string;
  source: string;
  model: string;
  onBrokenScene?: string | undefined;
  acceptOutsideModel?: boolean | undefined;
  idempotencyKey?: string | undefined;
  watch?: boolean | undefined;
}

const line = ({ jobID, status, progress, created, source, message }: JobInfo) =>
  `${jobID}  ${status.padEnd(10)} ${progress === undefined ? '' : `${progress} % `.padStart(6)}${created.slice(0, 16)}  ${source}  ${message ?? ''}`;

async function areaOf(options: SubmitOptions, context: CliContext): Promise<unknown> {
  const aoi = await readAoi(options, context.settings.limits);
  if (aoi.type === 'circle') return { lon: aoi.lon, lat: aoi.lat, radius_m: aoi.radiusM };
  return JSON.parse(await readFile(options.aoi!, 'utf8'));
}

/** Submits a job; a key makes a repeated submission the same job. */
export async function submitJob(options: SubmitOptions, context: CliContext): Promise<void> {
  const client = await ApiClient.open(context.settings.home, context.signal);
  const inputs = {
    aoi: await areaOf(options, context),
    year: readYear(options.year),
    season: options.season,
    model: options.model,
    source: options.source,
    ...(options.onBrokenScene ? { onBrokenScene: options.onBrokenScene } : {}),
    ...(options.acceptOutsideModel ? { acceptOutsideModel: true } : {}),
  };
  const headers = { 'idempotency-key': options.idempotencyKey ?? randomUUID() };
  const job = await client.post<JobInfo>('/processes/crop-map/execution', { inputs }, headers);
  if (options.watch) return watch(job.jobID, context);
  context.print(`${job.jobID}\nFollow it with: geocrop jobs watch ${job.jobID}`, job);
}

export async function listJobs(
  options: { limit: string; status?: string | undefined },
  { settings, signal, print }: CliContext,
): Promise<void> {
  const client = await ApiClient.open(settings.home, signal);
  const query = new URLSearchParams({ limit: options.limit, ...(options.status ? { status: options.status } : {}) });
  const page = await client.json<{ jobs: JobInfo[]; quota: { used: number; limit: number | null; counts: string } }>(
    `/jobs?${query}`,
  );
  const quota =
    page.quota.limit === null ? '' : `\n${page.quota.used} of ${page.quota.limit} ${page.quota.counts} used`;
  print(`${page.jobs.map(line).join('\n') || 'no jobs'}${quota}`, page);
}

export async function showJob(id: string, { settings, signal, print }: CliContext): Promise<void> {
  const client = await ApiClient.open(settings.home, signal);
  const job = await client.json<JobInfo>(`/status/${id}`);
  print(jobText(job), job);
}

/** Stops a job that is open; one that has ended meanwhile is kept. */
export async function cancelJob(id: string, { settings, signal, print }: CliContext): Promise<void> {
  const client = await ApiClient.open(settings.home, signal);
  print(`${id} is cancelled`, await client.json<JobInfo>(`/jobs/${id}?if=open`, { method: 'DELETE' }));
}

/** Deletes a job that has ended; one that is open goes on. */
export async function deleteJob(id: string, { settings, signal, print }: CliContext): Promise<void> {
  const client = await ApiClient.open(settings.home, signal);
  const job = await client.json<JobInfo>(`/jobs/${id}?if=ended`, { method: 'DELETE' });
  print(`${id} (${job.status}) is deleted`, job);
}

export async function retryJob(id: string, { settings, signal, print }: CliContext): Promise<void> {
  const client = await ApiClient.open(settings.home, signal);
  print(`${id} runs again`, await client.json<JobInfo>(`/jobs/${id}/retry`, { method: 'POST' }));
}

/** Follows a job to its end with its real progress; a job that fails makes the command fail. */
export async function watch(id: string, { settings, signal, print, json }: CliContext): Promise<void> {
  const client = await ApiClient.open(settings.home, signal);
  const progress = new Progress(process.stderr, json);
  const job = await watchJob(client, id, (event) => showEvent(progress, event.event, JSON.parse(event.data)), signal);
  if (job.status === 'failed')
    throw new GeoCropError(
      codeOf(job.error?.code ?? ''),
      `job ${id} failed: ${job.error?.message ?? 'no reason is known'}`,
    );
  print(jobText(job), job);
}

/** Shows an event of a job on the progress line. */
export function showEvent(progress: Progress, type: string, data: Record<string, unknown>): void {
  if (type === 'planned') progress.note(`${data.scenes} scenes, ${data.chunks} chunk${data.chunks === 1 ? '' : 's'}`);
  if (type === 'replanned') progress.note(`skipping ${data.id}: ${data.reason}`);
  if (type === 'stitching') progress.note('stitching the map');
  if (type === 'progress' && data.phase === 'computing')
    progress.step(
      Number(data.scenesRead),
      Number(data.sceneReads),
      `scene reads, ${data.partsDone}/${data.parts} chunks`,
    );
}

interface Summary {
  classes: { title: string; hectares: number; share: number; pixels: number }[];
  pixels: { total: number; valid: number; nodata: number };
  warnings: string[];
}

function jobText(job: JobInfo): string {
  const summary = job.summary as Summary | undefined;
  if (!summary) return line(job);
  const rows = summary.classes.filter(({ pixels }) => pixels > 0).sort((a, b) => b.pixels - a.pixels);
  return [
    line(job),
    ...rows.map(
      ({ title, hectares, share }) =>
        `  ${title.padEnd(16)} ${hectares.toFixed(2).padStart(12)} ha ${(100 * share).toFixed(1).padStart(6)} %`,
    ),
    `  ${summary.pixels.total} pixels: ${summary.pixels.valid} valid, ${summary.pixels.nodata} no data`,
    ...summary.warnings.map((warning) => `  WARNING ${warning}`),
    `  geocrop results get ${job.jobID} --out <dir>`,
  ].join('\n');
}
