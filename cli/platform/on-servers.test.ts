import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { serverEnvironment } from '#shared/config/platform-settings.ts';
import { openStore } from '#shared/storage/open-store.ts';
import { madeSeason } from '#shared/testing/made-season.ts';
import { postgresInstalled } from '#shared/testing/postgres-cluster.ts';
import { gdalTest } from '#shared/testing/fixtures/cog/gdal.ts';
import { makeRaster } from '#shared/tiles/testing/made-raster.ts';
import { mustRun } from '#shared/testing/run-cli.ts';
import { innerCorners, writeSquares } from '#shared/testing/season-areas.ts';
import { servicesCache, servicesHere, tellOfMissing } from '#shared/testing/services/service-cache.ts';
import { tinyHome, workFolder } from '#shared/testing/work-folder.ts';
import { openServices, type Services } from '../../services/open-services.ts';
import { freePort } from '../../services/server-process.ts';
import { logInAdmin } from './testing/api-user.ts';
import { endPlatforms, startPlatform, writeSources, type TestPlatform } from './testing/test-platform.ts';

const here = servicesHere();

describe('the platform on PostgreSQL, an S3 server and an SQS server', () => {
  if (!(here.minio ?? here.versitygw) || !here.elasticmq || !postgresInstalled())
    return tellOfMissing('PostgreSQL 15, versitygw or MinIO, ElasticMQ and java');
  const folder = workFolder('on-servers');
  const home = tinyHome(folder);
  let services: Services;
  let platform: TestPlatform;
  let season: string;
  let env: Record<string, string>;

  beforeAll(async () => {
    season = (await madeSeason(3, 2, 10)).out;
    const ports = { postgresql: await freePort(), s3: await freePort(), sqs: await freePort() };
    services = await openServices(join(folder, 'services'), servicesCache(), ports, () => undefined);
    env = { DATABASE_URL: services.databaseUrl, ...serverEnvironment(services) };
    platform = await startPlatform(home, { ...env, GEOCROP_SOURCES: writeSources(folder, { made: season }) });
  }, 240_000);
  afterAll(async () => {
    endPlatforms();
    await services?.close();
  }, 60_000);

  test('makes the map of `geocrop map`, and keeps nothing of it in the home', { timeout: 240_000 }, async () => {
    const aoi = writeSquares(join(folder, 'aoi.geojson'), innerCorners, 400);
    const user = await logInAdmin(platform.url, home);
    const area = JSON.parse(readFileSync(aoi, 'utf8')) as unknown;
    const id = await user.submit({ year: 2019, season: 'northern-summer', model: 'tiny', source: 'made', aoi: area });
    expect(await user.finished(id)).toMatchObject({ status: 'successful' });

    const out = join(folder, 'out');
    const place = ['--stac', season, '--aoi', aoi, '--year', '2019', '--season', 'northern-summer'];
    await mustRun(['map', ...place, '--model', 'tiny', '--out', out], { home: tinyHome(join(folder, 'other')) });
    expect((await user.bytes(id)).equals(readFileSync(join(out, 'map.tif')))).toBe(true);

    const store = await openStore({ home, objects: services.objects }, 'results');
    expect(await store.size(`results/${id}/map.tif`)).toBe(readFileSync(join(out, 'map.tif')).length);
    expect([existsSync(join(home, 'objects')), existsSync(join(home, 'database'))]).toEqual([false, false]);
  });

  gdalTest('serves the baselines that were imported into its bucket', async () => {
    const file = join(folder, 'dw.tif');
    const place = { epsg: 4326, origin: [31, -17] as [number, number], pixel: [1e-4, 1e-4] as [number, number] };
    await makeRaster(file, { ...place, size: [300, 300], values: [0, 1, 2, 3], nodata: 255 });
    const { stdout } = await mustRun(['baselines', 'import', file, '--kind', 'dynamic-world', '--year', '2022'], {
      home,
      env,
    });
    expect(stdout).toContain('s3://geocrop-baselines/dw/zim/summer/2022.tif');
    const reply = await fetch(`${platform.url}/tiles/layers/dw-zim-summer-2022/tilejson.json`);
    expect([reply.status, ((await reply.json()) as { tilejson: string }).tilejson]).toEqual([200, '3.0.0']);
    expect(existsSync(join(home, 'baselines', 'dw'))).toBe(false);
  });

  // The last one: nothing is left of the servers.
  test('logs trouble with its servers, and no secret of theirs', { timeout: 120_000 }, async () => {
    const user = await logInAdmin(platform.url, home);
    const log = () => readFileSync(join(home, 'platform.log'), 'utf8');
    const before = log().length;
    await services.close();
    const trouble = await Promise.all(['/jobs', `/status/${randomUUID()}`].map((path) => user.fetch(path)));
    // The function says so, or is not ready for so long that the gateway does.
    for (const { status } of trouble) expect(status).toBeOneOf([503, 504]);
    await expect.poll(() => log().slice(before), { timeout: 60_000 }).toMatch(/ECONNREFUSED|unavailable|terminat/);
    const { objects, sqs, databaseUrl } = services;
    const secrets = [objects.credentials.secretAccessKey, new URL(databaseUrl).password, user.token];
    for (const secret of [...secrets, sqs.credentials.secretAccessKey].filter((text) => text.length > 8))
      expect(log().includes(secret)).toBe(false);
    for (const secret of secrets) expect(secret.length).toBeGreaterThan(8);
  });
});
