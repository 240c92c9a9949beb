import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterAll, describe, expect, test } from 'vitest';
import { readPlatformSettings } from '#shared/config/platform-settings.ts';
import type { Source } from '#shared/domain/source.ts';
import { databaseQueue } from '#shared/queue/database-queue.ts';
import { makeUser, partKeyOf, runningJob } from '#shared/testing/job-fixtures.ts';
import { runCli } from '#shared/testing/run-cli.ts';
import { demoSeason } from '#shared/testing/season-copy.ts';
import { loopback } from '#shared/testing/static-server.ts';
import { folderDeployment } from '../testing/deployment.ts';
import { clockFinding } from './check-database.ts';
import { cgroupLimit, checkMemory } from './check-memory.ts';
import { checkSource } from './check-sources.ts';
import { examine, type Patient } from './examine.ts';
import type { Finding } from './finding.ts';

const folder = mkdtempSync(join(tmpdir(), 'geocrop-doctor-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const patient = (home: string, env: Record<string, string> = {}): Patient => ({
  settings: readPlatformSettings({ GEOCROP_HOME: home, ...env }),
  product: { version: '0.1.0', commit: 'test' },
  nodeVersion: 'v24.1.0',
  sources: async () => [],
  models: async () => [{ name: 'tiny', version: '1.0.0' }],
  fetchUrl: fetch,
});

const found = (findings: readonly Finding[], name: string) => findings.filter((finding) => finding.name === name);

describe('memory', () => {
  const files = (said: Record<string, string>) => async (path: string) => said[path] ?? null;
  const meminfo = 'MemTotal:       8000000 kB\nMemFree:  1 kB\nMemAvailable:   4000000 kB\n';

  test('the tightest limit of the cgroups above counts', async () => {
    const read = files({
      '/proc/self/cgroup': '0::/system.slice/geocrop.service\n',
      '/sys/fs/cgroup/system.slice/geocrop.service/memory.max': 'max\n',
      '/sys/fs/cgroup/system.slice/memory.max': '2000000000\n',
      '/proc/meminfo': meminfo,
    });
    expect(await cgroupLimit(read)).toBe(2e9);
    expect(await checkMemory(read)).toMatchObject([
      { level: 'warn', text: '4096 MB of 8192 MB available, a cgroup allows 2000 MB' },
    ]);
  });

  test.each([
    ['1000000000\n', 'fail'],
    // What the first version of cgroups says where there is no limit.
    ['9223372036854771712\n', 'ok'],
  ])('of the first version %j', async (limit, level) => {
    const read = files({ '/sys/fs/cgroup/memory/memory.limit_in_bytes': limit, '/proc/meminfo': meminfo });
    expect(await checkMemory(read)).toMatchObject([{ level }]);
  });
});

test.each([
  [4999, 'ok'],
  [5000, 'warn'],
  [60_000, 'fail'],
] as const)('a clock that is %i ms off', (ms, level) => {
  expect(clockFinding('clock', "the database's", ms).level).toBe(level);
});

describe('sources', () => {
  const source = (stac: string): Source => ({ id: 's', title: 's', stac, collection: null, hosts: [] });

  test('a season pack, a folder without one, a server that is an hour late, and one that is not there', async () => {
    expect(await checkSource(source(demoSeason), fetch)).toMatchObject([{ level: 'ok' }]);
    expect(await checkSource(source(folder), fetch)).toMatchObject([{ level: 'fail' }]);
    const late = await loopback((_, response) => {
      response.setHeader('date', new Date(Date.now() - 3_600_000).toUTCString());
      response.end('{}');
    });
    expect(await checkSource(source(late.address), fetch)).toMatchObject([
      { level: 'ok' },
      { level: 'fail', text: expect.stringMatching(/^3[56]\d\d\.\d s from that of 127\.0\.0\.1/) },
    ]);
    expect(await checkSource(source('http://127.0.0.1:59998/stac'), fetch)).toMatchObject([
      { level: 'warn', text: expect.stringContaining('ECONNREFUSED') },
    ]);
  });
});

test('a stopped home, then a running one with stale leases and dead letters', { timeout: 60_000 }, async () => {
  const deployment = await folderDeployment();
  const { home } = deployment.settings;
  try {
    mkdirSync(join(home, 'objects'));
    mkdirSync(join(home, 'replaced-20260101T000000Z'));
    const stopped = await examine(patient(home));
    expect(found(stopped, 'database')).toMatchObject([{ level: 'ok', text: expect.stringContaining('is stopped') }]);
    expect(found(stopped, 'leases')).toMatchObject([{ level: 'ok', text: expect.stringMatching(/^0 open jobs/) }]);
    expect(found(stopped, 'disk').map(({ level }) => level)).toContain('warn');

    await deployment.serve();
    const db = deployment.open();
    const [stale, held] = [partKeyOf(), partKeyOf()];
    await runningJob(db, await makeUser(db, 'admin'), [stale, held]);
    await sql`UPDATE parts SET state = 'leased', leased_until = now() - interval '1 hour' WHERE key = ${stale}`.execute(
      db,
    );
    await sql`UPDATE parts SET state = 'leased', leased_until = now() + interval '1 hour' WHERE key = ${held}`.execute(
      db,
    );
    await databaseQueue(db).send('chunks-dlq', [{ partKey: stale }]);
    const running = await examine(patient(home));
    expect(found(running, 'database')).toMatchObject([{ text: expect.stringContaining('the platform runs') }]);
    expect(found(running, 'leases')).toMatchObject([
      {
        level: 'warn',
        text: '1 open jobs, 1 chunks held by workers, 0 waiting; 1 leases ran out and were not taken over',
      },
    ]);
    expect(found(running, 'queue chunks')).toMatchObject([
      { level: 'warn', text: '0 ready, 0 in flight, 1 dead letters' },
    ]);
    expect(found(running, 'clock')).toMatchObject([{ level: 'ok' }]);
  } finally {
    await deployment.close();
  }
});

test('a server that is not there fails, with exit code 1 and one document', { timeout: 60_000 }, async () => {
  const env = {
    DATABASE_URL: 'postgresql://nobody@127.0.0.1:1/none',
    GEOCROP_OBJECTS_S3_ENDPOINT: 'http://127.0.0.1:59998',
    GEOCROP_OBJECTS_S3_ACCESS_KEY: 'key',
    GEOCROP_OBJECTS_S3_SECRET_KEY: 'a-secret-that-is-not-told',
  };
  const run = await runCli(['doctor', '--json'], { home: folder, env });
  expect(run.code).toBe(1);
  const { failed, findings } = JSON.parse(run.stdout) as { failed: number; findings: Finding[] };
  const failures = findings.filter(({ level }) => level === 'fail').map(({ name }) => name);
  expect([failed, failures]).toEqual([2, ['database', 'objects']]);
  expect(run.stdout + run.stderr).not.toContain('a-secret-that-is-not-told');
});
