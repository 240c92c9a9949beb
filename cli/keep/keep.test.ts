import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { sql } from 'kysely';
import { afterAll, describe, expect, test } from 'vitest';
import { logIn } from '../../functions/auth/log-in.ts';
import { createUser } from '../../functions/auth/users.ts';
import type { Database } from '#shared/db/database.ts';
import { findLostWork } from '#shared/db/lost-work.ts';
import { listJobs } from '#shared/db/list-jobs.ts';
import { submitJob } from '#shared/db/submit-job.ts';
import { fromUtm } from '#shared/domain/utm.ts';
import { databaseQueue } from '#shared/queue/database-queue.ts';
import { defaultQuotas, submission } from '#shared/testing/job-fixtures.ts';
import { madeSeason } from '#shared/testing/made-season.ts';
import { innerCorners } from '#shared/testing/season-areas.ts';
import { postgresInstalled } from '#shared/testing/postgres-cluster.ts';
import { mapInProcess } from '#shared/testing/services/map-in-process.ts';
import { lendS3 } from '#shared/testing/services/s3-servers.ts';
import { servicesHere, tellOfMissing } from '#shared/testing/services/service-cache.ts';
import { backUp, type BackUpOptions } from './back-up.ts';
import { openArchive } from './archive/open-archive.ts';
import { reachDatabase } from './reach-database.ts';
import { finishCutOff } from './restore-journal.ts';
import { restore } from './restore.ts';
import { folderDeployment, serverDeployment, type TestDeployment } from './testing/deployment.ts';

const folder = mkdtempSync(join(tmpdir(), 'geocrop-keep-archives-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const product = { version: '0.1.0', commit: 'test' };
const password = 'a long enough password';
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

async function takeBackup(from: TestDeployment, name: string, options: Partial<BackUpOptions> = {}): Promise<string> {
  const path = join(folder, name);
  const database = await reachDatabase(from.settings);
  try {
    const all = { settings: from.settings, database, product, scope: 'all' as const, withParts: false, ...options };
    await backUp(path, all);
  } finally {
    await database.close();
  }
  return path;
}

const putBack = (path: string, to: TestDeployment, force = false) =>
  restore(path, { settings: to.settings, force, product: product.version });

/** Everything that users see: accounts, jobs as they are listed, every file of every result. */
async function seen(of: TestDeployment, db: Database) {
  const { jobs } = await listJobs(db, { owner: null, limit: 100 });
  const keys = await of.store.list('results/');
  const files = await Promise.all(keys.map(async (key) => [key, sha256((await of.store.get(key))!)]));
  const users = await db.selectFrom('users').selectAll().orderBy('id').execute();
  const events = await db.selectFrom('events').selectAll().orderBy('seq').execute();
  return { jobs, files, users, events };
}

/** A user with a map, a job that waits and one that runs. */
async function fill(deployment: TestDeployment, season: string): Promise<string> {
  const db = deployment.open();
  const user = await createUser(db, { name: 'thandi', role: 'analyst', password });
  const [lon, lat] = fromUtm({ zone: 31, north: true }, ...innerCorners[0]);
  const ends = { db, queue: databaseQueue(db), store: deployment.store };
  const { job } = await mapInProcess(ends, season, { lon, lat, radiusM: 300 });
  await submitJob(db, submission(user.id), defaultQuotas);
  return job.id;
}

describe('the same maps are there', () => {
  const here = servicesHere();
  const kind = here.minio ? 'minio' : 'versitygw';
  if (!here[kind] || !postgresInstalled()) return tellOfMissing('PostgreSQL 15 and versitygw or MinIO');
  const s3 = lendS3(kind, here[kind]);
  const kinds = {
    folders: () => folderDeployment(),
    servers: () => serverDeployment(s3.server()),
  };
  const others = {
    folders: () => serverDeployment(s3.server(), true),
    servers: () => folderDeployment('nothing'),
  };

  test.each(['folders', 'servers'] as const)(
    'of %s: destroyed and restored where it was, and on the other kind',
    { timeout: 240_000 },
    async (name) => {
      const { out } = await madeSeason(3, 2, 10);
      const deployment = await kinds[name]();
      const other = await others[name]();
      try {
        await deployment.serve();
        const job = await fill(deployment, out);
        const db = deployment.open();
        const before = await seen(deployment, db);
        expect(before.files.map(([key]) => key)).toContain(`results/${job}/map.tif`);
        const path = await takeBackup(deployment, `${name}.tar`);
        const key = readFileSync(deployment.settings.signingKeyFile, 'utf8');

        await deployment.destroy();
        for (const target of [deployment, other]) {
          const { replaced } = await putBack(path, target);
          expect(replaced).toBeNull();
          await target.serve();
          const restored = target.open();
          expect(await seen(target, restored)).toEqual(before);
          expect(await logIn(restored, { name: 'thandi', password, address: 'x' })).toMatchObject({
            user: { name: 'thandi' },
          });
          expect(readFileSync(target.settings.signingKeyFile, 'utf8')).toBe(key);
          expect(existsSync(join(target.settings.home, 'models', 'mine', 'model.json'))).toBe(true);
          // Without its file a part is to be computed again; the same job then gives the same bytes.
          expect(await target.store.list('parts/')).toEqual([]);
          const states = await restored.selectFrom('parts').select('state').distinct().execute();
          expect(states).toEqual([{ state: 'waiting' }]);
          const ends = { db: restored, queue: databaseQueue(restored), store: target.store };
          const [lon, lat] = fromUtm({ zone: 31, north: true }, ...innerCorners[0]);
          const again = await mapInProcess(ends, out, { lon, lat, radiusM: 300 });
          expect(again.sha256).toBe(before.files.find(([file]) => file === `results/${job}/map.tif`)![1]);
          await target.stop();
        }
      } finally {
        await deployment.close();
        await other.close();
      }
    },
  );
});

test(
  'with its parts, everything that is finished is used again, and a running job goes on',
  { timeout: 120_000 },
  async () => {
    const { out } = await madeSeason(3, 2, 10);
    const deployment = await folderDeployment();
    try {
      await deployment.serve();
      const job = await fill(deployment, out);
      const db = deployment.open();
      const keys = await deployment.store.list('');
      await sql`UPDATE jobs SET state = 'running', phase = 'stitching', leased_until = now() + interval '1 hour' WHERE id = ${job}`.execute(
        db,
      );
      const path = await takeBackup(deployment, 'parts.tar', { withParts: true });
      await deployment.destroy();
      await putBack(path, deployment);
      await deployment.serve();
      const restored = deployment.open();
      expect(await deployment.store.list('')).toEqual(keys);
      const { rows } = await sql`SELECT DISTINCT state FROM parts`.execute(restored);
      expect(rows).toEqual([{ state: 'done' }]);
      expect((await findLostWork(restored, 5)).plan).toEqual([job]);
    } finally {
      await deployment.close();
    }
  },
);

describe('a backup', () => {
  test('of a home that is being written to is of one moment', { timeout: 120_000 }, async () => {
    const deployment = await folderDeployment();
    try {
      await deployment.serve();
      const db = deployment.open();
      const user = await createUser(db, { name: 'writer', role: 'admin', password });
      let stop = false;
      // Each job has its event: a snapshot has both or neither.
      const writing = (async () => {
        while (!stop) await submitJob(db, submission(user.id), defaultQuotas);
      })();
      const paths = [];
      for (const n of [1, 2, 3]) paths.push(await takeBackup(deployment, `busy-${n}.tar`));
      stop = true;
      await writing;
      await deployment.stop();
      const counts = [];
      for (const path of paths) {
        const archive = await openArchive(path);
        const rows = Object.fromEntries(archive.manifest.tables.map((table) => [table.name, table.rows]));
        expect(rows.events).toBe(rows.jobs);
        counts.push(rows.jobs);
        await archive.close();
      }
      expect(counts[2]).toBeGreaterThan(counts[0]);
    } finally {
      await deployment.close();
    }
  });

  test('is refused where there is nothing, and of a stopped home takes the files', { timeout: 60_000 }, async () => {
    const nowhere = await folderDeployment('nothing');
    await expect(takeBackup(nowhere, 'none.tar')).rejects.toMatchObject({ code: 'not-found' });
    const stopped = await folderDeployment();
    try {
      const archive = await openArchive(await takeBackup(stopped, 'stopped.tar'));
      expect(archive.manifest).toMatchObject({ scope: 'all', from: { database: 'embedded' } });
      await archive.close();
    } finally {
      await stopped.close();
    }
  });
});

describe('a restore', () => {
  test(
    'touches nothing where the archive is damaged, the home is not empty or a platform runs',
    { timeout: 60_000 },
    async () => {
      const source = await folderDeployment();
      try {
        const path = await takeBackup(source, 'good.tar');
        const damaged = join(folder, 'bad.tar');
        const bytes = readFileSync(path);
        bytes[bytes.indexOf('"scope"') + 3] ^= 1;
        writeFileSync(damaged, bytes);
        const listing = () => readdirSync(source.settings.home).sort();
        const before = listing();
        await expect(putBack(damaged, source, true)).rejects.toMatchObject({ code: 'invalid-request' });
        await expect(putBack(path, source)).rejects.toMatchObject({
          code: 'output-exists',
          message: expect.stringMatching(/is not empty \(database, models, signing-key\.json\); say --force/),
        });
        expect(listing()).toEqual(before);
        await source.serve();
        await expect(putBack(path, source, true)).rejects.toMatchObject({
          code: 'conflict',
          message: expect.stringContaining('stop it first'),
        });
      } finally {
        await source.close();
      }
    },
  );

  test('with --force lays aside what was there', { timeout: 60_000 }, async () => {
    const source = await folderDeployment();
    try {
      const path = await takeBackup(source, 'force.tar');
      await source.serve();
      await createUser(source.open(), { name: 'later', role: 'analyst', password });
      await source.stop();
      writeFileSync(join(source.settings.home, 'sources.json'), '[]');
      const { replaced } = await putBack(path, source, true);
      expect(existsSync(join(replaced!, 'database', 'data', 'PG_VERSION'))).toBe(true);
      // What the archive does not have stays.
      expect(readFileSync(join(source.settings.home, 'sources.json'), 'utf8')).toBe('[]');
      await source.serve();
      expect(await source.open().selectFrom('users').selectAll().execute()).toEqual([]);
    } finally {
      await source.close();
    }
  });
});

test('a restore that was cut off while it took its place is completed', { timeout: 60_000 }, async () => {
  const home = mkdtempSync(join(folder, 'home-'));
  const settings = { home, databaseUrl: undefined, signingKeyFile: join(home, 'signing-key.json'), objects: null };
  const staging = '.restore-00000000-0000-4000-8000-000000000000';
  for (const [path, text] of [
    // The first has been moved, the second was laid aside, the third not begun.
    ['a', 'new'],
    ['replaced-20260101T000000Z/a', 'old'],
    [`${staging}/b`, 'new'],
    ['replaced-20260101T000000Z/b', 'old'],
    [`${staging}/c`, 'new'],
    ['c', 'old'],
  ]) {
    mkdirSync(dirname(join(home, path)), { recursive: true });
    writeFileSync(join(home, path), text);
  }
  const journal = { staging, replaced: 'replaced-20260101T000000Z', entries: ['a', 'b', 'c'], schema: null };
  writeFileSync(join(home, 'restoring.json'), JSON.stringify(journal));
  expect(await finishCutOff(settings)).toBe(true);
  for (const name of ['a', 'b', 'c']) {
    expect(readFileSync(join(home, name), 'utf8')).toBe('new');
    expect(readFileSync(join(home, journal.replaced, name), 'utf8')).toBe('old');
  }
  expect(readdirSync(home).sort()).toEqual(['a', 'b', 'c', journal.replaced]);
  expect(await finishCutOff(settings)).toBe(false);
  writeFileSync(join(home, 'restoring.json'), JSON.stringify({ ...journal, entries: ['../outside'] }));
  await expect(finishCutOff(settings)).rejects.toThrow();
});
