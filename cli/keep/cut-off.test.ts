import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { readProduct } from '#shared/config/product.ts';
import { projectRoot } from '#shared/config/project-root.ts';
import { serverEnvironment } from '#shared/config/platform-settings.ts';
import { openDatabase, type Database } from '#shared/db/database.ts';
import { openStore } from '#shared/storage/open-store.ts';
import { makeUser, runningJob } from '#shared/testing/job-fixtures.ts';
import { postgresInstalled } from '#shared/testing/postgres-cluster.ts';
import { mustRun, startCli } from '#shared/testing/run-cli.ts';
import { lendS3 } from '#shared/testing/services/s3-servers.ts';
import { servicesHere, tellOfMissing } from '#shared/testing/services/service-cache.ts';
import { endPlatforms, startPlatform } from '../platform/testing/test-platform.ts';
import { backUp, type KeepSettings } from './back-up.ts';
import { reachDatabase } from './reach-database.ts';
import { finishCutOff } from './restore-journal.ts';
import { serverDeployment, type TestDeployment } from './testing/deployment.ts';
import { heldPostgresWay, heldS3Way, type HeldWay } from './testing/held-way.ts';

describe('a restore into servers that is killed', () => {
  const here = servicesHere();
  const kind = here.minio ? 'minio' : 'versitygw';
  if (!here[kind] || !postgresInstalled()) return tellOfMissing('PostgreSQL 15 and versitygw or MinIO');
  const s3 = lendS3(kind, here[kind]);
  const folder = mkdtempSync(join(tmpdir(), 'geocrop-cut-'));
  const archive = join(folder, 'archive.tar');
  let deployment: TestDeployment;
  let ways: { objects: HeldWay; database: HeldWay };
  /** As the command finds the servers: by the ways. */
  let settings: KeepSettings;
  let job: string;

  const withDatabase = async <T>(work: (db: Database) => Promise<T>): Promise<T> => {
    const db = openDatabase({ url: deployment.settings.databaseUrl! }, { applicationName: 'test' });
    return work(db).finally(() => db.destroy());
  };

  /** Gives everything that a deployment keeps this mark: eight letters, so that no size tells one from the other. */
  async function mark(text: string): Promise<void> {
    const baselines = await openStore(deployment.settings, 'baselines');
    await withDatabase((db) => sql`UPDATE users SET name = ${text}`.execute(db));
    await deployment.store.put(`results/${job}/map.tif`, Buffer.from('the same'));
    await deployment.store.put(`results/${job}/report.json`, Buffer.from(text));
    await baselines.put(`of-${text}.tif`, Buffer.from(text));
    await baselines.put('one.tif', Buffer.from(text));
    for (const name of ['signing-key.json', 'models/mine/model.json'])
      writeFileSync(join(deployment.settings.home, name), text);
  }

  const decoded = (bytes: Uint8Array | null) => bytes && new TextDecoder().decode(bytes);

  async function marks() {
    const baselines = await openStore(deployment.settings, 'baselines');
    const read = (name: string) => readFileSync(join(deployment.settings.home, name), 'utf8');
    return {
      users: await withDatabase((db) => db.selectFrom('users').select('name').execute()),
      report: decoded(await deployment.store.get(`results/${job}/report.json`)),
      map: decoded(await deployment.store.get(`results/${job}/map.tif`)),
      baseline: decoded(await baselines.get('one.tif')),
      baselines: (await baselines.list('')).join(),
      key: read('signing-key.json'),
      model: read('models/mine/model.json'),
    };
  }

  async function leftovers(): Promise<string[]> {
    const { rows } = await withDatabase((db) =>
      sql<{ name: string }>`SELECT nspname AS name FROM pg_namespace WHERE nspname LIKE 'geocrop_restore%'`.execute(db),
    );
    return [
      ...rows.map(({ name }) => name),
      ...(await deployment.store.list('restoring')),
      ...readdirSync(deployment.settings.home).filter((name) => /^\.restore-|^restor/.test(name)),
    ];
  }

  const allOf = (name: string) => ({
    users: [{ name }],
    report: name,
    map: 'the same',
    baseline: name,
    key: name,
    model: name,
  });
  const before = () => ({ ...allOf('replaced'), baselines: 'of-replaced.tif,one.tif' });
  /** What lies in a bucket under other names stays. */
  const restored = () => ({ ...allOf('archived'), baselines: 'of-archived.tif,of-replaced.tif,one.tif' });

  const command = ['restore', archive, '--force'];
  const run = () => ({
    home: settings.home,
    env: { DATABASE_URL: settings.databaseUrl!, ...serverEnvironment({ objects: settings.objects, sqs: null }) },
  });

  async function restoreAndKill(reached: Promise<void>): Promise<void> {
    const { child, done } = startCli(command, run());
    const early = done.then((told) => {
      throw new Error(`the restore came to an end: ${JSON.stringify(told)}`);
    });
    await Promise.race([reached, early]);
    early.catch(() => {});
    child.kill('SIGKILL');
    expect((await done).code).toBeNull();
    ways.objects.pass();
    ways.database.pass();
  }

  beforeEach(async () => {
    deployment = await serverDeployment(s3.server());
    const socket = mkdtempSync(join(folder, 'way-'));
    const url = new URL(deployment.settings.databaseUrl!);
    ways = {
      objects: await heldS3Way(deployment.settings.objects!.endpoint),
      database: await heldPostgresWay(socket, url.searchParams.get('host')!),
    };
    url.searchParams.set('host', socket);
    const objects = { ...deployment.settings.objects!, endpoint: ways.objects.address };
    settings = { ...deployment.settings, databaseUrl: url.href, objects };
    job = await withDatabase(async (db) => (await runningJob(db, await makeUser(db, 'admin'), [])).id);
    await withDatabase((db) => sql`UPDATE jobs SET state = 'successful', finished_at = now()`.execute(db));
    await mark('archived');
    const database = await reachDatabase(deployment.settings);
    const product = await readProduct(projectRoot);
    rmSync(archive, { force: true });
    await backUp(archive, { settings: deployment.settings, database, product, scope: 'all', withParts: false });
    await database.close();
    await (await openStore(deployment.settings, 'baselines')).delete('of-archived.tif');
    await mark('replaced');
    return async () => {
      endPlatforms();
      ways.objects.close();
      ways.database.close();
      await deployment.close();
    };
  }, 60_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test.each([
    ['objects', () => ways.objects.hold((asked) => /^PUT .*\/restoring\/.*\/one\.tif/.test(asked), 'request')],
    ['rows', () => ways.database.hold((sent) => sent.includes('INSERT INTO'), 'request')],
  ])('while it reads %s has changed nothing; the next one does all of it', { timeout: 120_000 }, async (_, reached) => {
    await restoreAndKill(reached());
    expect(await marks()).toEqual(before());
    expect((await leftovers()).length).toBeGreaterThan(0);
    // As a platform that is started.
    expect(await finishCutOff(settings)).toBe(false);
    expect(await marks()).toEqual(before());
    await mustRun(command, run());
    expect(await marks()).toEqual(restored());
    expect(await leftovers()).toEqual([]);
  });

  const moves = (asked: string) => asked.startsWith('PUT') && !asked.includes('/restoring/');
  let isSwapping = false;
  const commits = (sent: string) => {
    isSwapping ||= sent.includes('COMMENT ON TABLE');
    return isSwapping && sent.includes('commit');
  };
  const moments: [string, () => Promise<void>][] = [
    ['with the first object', () => ways.objects.hold(moves, 'request')],
    [
      'with the second object',
      () => ways.objects.hold((asked) => moves(asked) && asked.includes('one.tif'), 'request'),
    ],
    ['before its schema', () => ways.database.hold((sent) => sent.includes('DROP TABLE'), 'request')],
    [
      'after its schema, of which it has not heard',
      () => ((isSwapping = false), ways.database.hold(commits, 'answer')),
    ],
  ];
  const completions: [string, () => Promise<unknown>][] = [
    ['the same command', () => mustRun(command, run())],
    ['the next start', async () => (await startedPlatform()).includes('a restore that was cut off is complete now')],
  ];
  const each = moments.map(([moment, reached], i) => {
    const [by, complete] = completions[i % completions.length];
    return { moment, by, reached, complete };
  });

  async function startedPlatform(): Promise<string> {
    const platform = await startPlatform(settings.home, run().env);
    await platform.interrupt();
    return platform.said();
  }

  test.each(each)(
    'while it takes its place, $moment, is completed by $by',
    { timeout: 120_000 },
    async ({ reached, complete }) => {
      await restoreAndKill(reached());
      expect(await leftovers()).toContain('restoring.json');
      expect(await complete()).toBeTruthy();
      expect(await marks()).toEqual(restored());
      expect(await leftovers()).toEqual([]);
      expect(readdirSync(settings.home).filter((name) => name.startsWith('replaced-'))).toHaveLength(1);
      expect(await finishCutOff(settings)).toBe(false);
    },
  );

  test('is completed on the servers alone that it was begun on', { timeout: 120_000 }, async () => {
    await restoreAndKill(ways.database.hold((sent) => sent.includes('DROP TABLE'), 'request'));
    const other = await serverDeployment(s3.server());
    try {
      for (const wrong of [
        { ...settings, databaseUrl: undefined },
        { ...settings, objects: null },
        { ...settings, objects: other.settings.objects },
        { ...settings, databaseUrl: other.settings.databaseUrl },
      ]) {
        await expect(finishCutOff(wrong)).rejects.toThrow('was cut off');
        expect(await leftovers()).toContain('restoring.json');
      }
    } finally {
      await other.close();
    }
    expect(await finishCutOff(settings)).toBe(true);
    expect(await marks()).toEqual(restored());
  });
});
