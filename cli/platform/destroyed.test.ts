import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { serverEnvironment } from '#shared/config/platform-settings.ts';
import { fromUtm } from '#shared/domain/utm.ts';
import { madeSeason } from '#shared/testing/made-season.ts';
import { postgresInstalled } from '#shared/testing/postgres-cluster.ts';
import { mustRun } from '#shared/testing/run-cli.ts';
import { innerCorners } from '#shared/testing/season-areas.ts';
import { servicesCache, servicesHere, tellOfMissing } from '#shared/testing/services/service-cache.ts';
import { tinyHome, workFolder } from '#shared/testing/work-folder.ts';
import { openServices, type Services } from '../../services/open-services.ts';
import { freePort } from '../../services/server-process.ts';
import type { JobInfo } from '../client/watch-job.ts';
import { endPlatforms, startPlatform, writeSources } from './testing/test-platform.ts';

type Environment = Record<string, string>;

const folder = workFolder('destroyed');
afterEach(endPlatforms);

/** Everything by the command line, as somebody at a terminal does it. */
const geocrop = async <T>(home: string, env: Environment, ...args: string[]): Promise<T> =>
  JSON.parse((await mustRun([...args, '--json'], { home, env })).stdout) as T;

async function place(): Promise<string[]> {
  const [lon, lat] = fromUtm({ zone: 31, north: true }, ...innerCorners[0]);
  const { out } = await madeSeason(3, 2, 10);
  writeSources(folder, { made: out });
  return ['--source', 'made', '--at', `${lon},${lat},300`, '--year', '2019', '--season', 'northern-summer'];
}

const inFolder = (path: string) =>
  readdirSync(path)
    .sort()
    .map(
      (name) =>
        [
          name,
          createHash('sha256')
            .update(readFileSync(join(path, name)))
            .digest('hex'),
        ] as const,
    );

/** What a user sees of a deployment: the jobs and, in a folder, the files of one. */
async function seen(home: string, env: Environment, job: string, out: string) {
  const platform = await startPlatform(home, { ...env, GEOCROP_SOURCES: join(folder, 'sources.json') });
  try {
    await geocrop(home, env, 'login', '--url', platform.url);
    const { jobs } = await geocrop<{ jobs: JobInfo[] }>(home, env, 'jobs', 'list');
    await geocrop(home, env, 'results', 'get', job, '--out', out);
    return { jobs: jobs.map(({ jobID, status, created }) => ({ jobID, status, created })), files: inFolder(out) };
  } finally {
    await platform.interrupt();
  }
}

/** A map is made and backed up; then all is destroyed and restored into what `again` gives. */
async function destroyAndRestore(name: string, env: Environment, again: () => Promise<Environment>): Promise<void> {
  const home = tinyHome(join(folder, name));
  const archive = join(folder, `${name}.tar`);
  const submission = ['jobs', 'submit', ...(await place()), '--model', 'tiny', '--watch'];
  const platform = await startPlatform(home, { ...env, GEOCROP_SOURCES: join(folder, 'sources.json') });
  await geocrop(home, env, 'login', '--url', platform.url);
  const { jobID } = await geocrop<JobInfo>(home, env, ...submission);
  await geocrop(home, env, 'backup', archive);
  await platform.interrupt();
  const before = await seen(home, env, jobID, join(folder, `${name}-before`));
  expect(before.jobs).toMatchObject([{ jobID, status: 'successful' }]);
  expect(before.files.map(([file]) => file)).toEqual(expect.arrayContaining(['map.tif', 'report.json', 'item.json']));

  rmSync(home, { recursive: true });
  const next = await again();
  expect(existsSync(home)).toBe(false);
  await geocrop(home, next, 'restore', archive);
  expect(await seen(home, next, jobID, join(folder, `${name}-after`))).toEqual(before);
}

test('a home is destroyed; `geocrop restore` brings the same maps back', { timeout: 240_000 }, async () => {
  await destroyAndRestore('folders', {}, async () => ({}));
});

describe('on servers', () => {
  const here = servicesHere();
  if (!(here.minio ?? here.versitygw) || !here.elasticmq || !postgresInstalled())
    return tellOfMissing('PostgreSQL 15, versitygw or MinIO, ElasticMQ and java');
  let services: Services | undefined;
  afterAll(() => services?.close(), 60_000);

  /** Other ones than before, without anything in them. */
  async function newServers(name: string): Promise<Environment> {
    const ports = { postgresql: await freePort(), s3: await freePort(), sqs: await freePort() };
    services = await openServices(join(folder, name), servicesCache(), ports, () => undefined);
    return { DATABASE_URL: services.databaseUrl, ...serverEnvironment(services) };
  }

  test('home and servers are destroyed; it brings the same maps back', { timeout: 300_000 }, async () => {
    const env = await newServers('first');
    await destroyAndRestore('servers', env, async () => {
      await services!.close();
      rmSync(join(folder, 'first'), { recursive: true });
      return newServers('second');
    });
  });
});
