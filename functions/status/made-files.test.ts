import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Database } from '#shared/db/database.ts';
import { findJob } from '#shared/db/job-row.ts';
import type { Aoi } from '#shared/domain/aoi.ts';
import type { Job } from '#shared/domain/job.ts';
import { defaultIssuer } from '#shared/domain/user-token.ts';
import { createLogger } from '#shared/http/logger.ts';
import { localKeys } from '#shared/http/remote-keys.ts';
import { resultPrefix } from '#shared/mapping/stored-task.ts';
import type { ObjectStore } from '#shared/storage/object-store.ts';
import { eachDatabase } from '#shared/testing/databases.ts';
import { gdalTest } from '#shared/testing/fixtures/cog/gdal.ts';
import { demoSeason } from '#shared/testing/season-copy.ts';
import { workFolder } from '#shared/testing/work-folder.ts';
import { signAccessToken } from '../auth/access-token.ts';
import { newSigningKey, parseSigningKey } from '../auth/signing-key.ts';
import { inferHandler } from '../infer/app.ts';
import { workWorld } from '../infer/testing/work-world.ts';
import { scoreHandler } from '../score/app.ts';
import { createStatusApp } from './app.ts';
import { madeFiles } from './made-files.ts';

const folder = workFolder('made-files');
const never = new AbortController().signal;
const circle: Aoi = { type: 'circle', lon: 4.063, lat: 50.746, radiusM: 300 };
const checker = new URL('../../shared/testing/fixtures/parcels/polygonize.py', import.meta.url).pathname;

/** Pixels of each value of a map's first band, by GDAL. */
const histogram = `
import json, sys
from osgeo import gdal
import numpy as np
values = gdal.Open(sys.argv[1]).ReadAsArray()[0]
print(json.dumps({int(v): int(n) for v, n in zip(*np.unique(values, return_counts=True)) if v}))
`;
const python = (...args: string[]) => JSON.parse(execFileSync('/usr/bin/python3', args, { encoding: 'utf8' }));

eachDatabase((name, open) => {
  const home = join(folder, name);
  let db: Database;
  let store: ObjectStore;
  let job: Job;
  let headers: Record<string, string>;
  let app: ReturnType<typeof createStatusApp>;

  beforeAll(async () => {
    db = open();
    const work = workWorld(db, demoSeason, home);
    store = work.score.store;
    const { id } = await work.submit({ aoi: circle });
    await scoreHandler(work.score)({ step: 'plan', jobId: id }, never);
    for (const { queue, body } of work.sent.splice(0))
      if (queue === 'chunks') await inferHandler(work.infer)(body, never);
    await scoreHandler(work.score)({ step: 'stitch', jobId: id }, never);
    job = (await findJob(db, id, null))!;
    const key = await parseSigningKey(await newSigningKey());
    const user = { id: job.owner, name: 'someone', role: 'admin' as const };
    headers = { authorization: `Bearer ${await signAccessToken(user, key, defaultIssuer)}` };
    app = createStatusApp({
      db,
      store,
      tokens: { issuer: defaultIssuer, keys: localKeys({ keys: [key.publicJwk] }) },
      version: '1',
      logger: createLogger(() => {}),
      shutdown: never,
      pollMs: 20,
    });
  }, 120_000);

  const get = (file: string, query = '') => app.request(`/status/${job.id}/results/${file}${query}`, { headers });
  const path = (file: string) => join(home, 'objects', resultPrefix(job.id), file);

  test('the results link to all files, and each link leads somewhere', async () => {
    const reply = await app.request(`/status/${job.id}/results`, { headers });
    const links = Object.values((await reply.json()) as Record<string, { href: string; type: string }>);
    expect(links).toHaveLength(6);
    for (const { href, type } of links) {
      const file = await app.request(href, { headers });
      expect([href, file.status, file.headers.get('content-type')]).toEqual([href, 200, type]);
      expect((await file.arrayBuffer()).byteLength).toBeGreaterThan(0);
    }
  });

  gdalTest('classes.csv counts what GDAL counts in the map', async () => {
    const text = await (await get('classes.csv')).text();
    const [header, ...rows] = text.trimEnd().split('\r\n');
    expect(header).toBe('class,value,pixels,hectares,share');
    const counted = python('-c', histogram, path('map.tif')) as Record<string, number>;
    const total = Object.values(counted).reduce((sum, count) => sum + count, 0);
    for (const row of rows) {
      const [, value, pixels, hectares, share] = row.split(',');
      expect([value, Number(pixels)]).toEqual([value, counted[value] ?? 0]);
      expect(Number(hectares)).toBeCloseTo(Number(pixels) / 100, 6);
      expect(Number(share)).toBeCloseTo(Number(pixels) / total, 4);
    }
  });

  gdalTest('parcels.geojson is what GDAL makes of the map, in degrees, wound as RFC 7946 wants', async () => {
    const reply = await get('parcels.geojson');
    expect(reply.headers.get('content-type')).toBe('application/geo+json');
    const { type, features } = JSON.parse(await reply.text());
    expect(type).toBe('FeatureCollection');
    const work = join(home, 'objects');
    const gdal = python(checker, 'gdal', path('map.tif'), work) as { value: number; pixels: number }[];
    const mine = python(checker, 'geojson', path('parcels.geojson'), path('map.tif')) as Record<string, never>[];
    expect(mine.length).toBe(gdal.length);
    expect(mine.every((facts) => facts.valid && facts.closed && facts.winding)).toBe(true);
    const { classes } = JSON.parse(readFileSync(path('report.json'), 'utf8'));
    for (const { value, name, title } of classes) {
      const own = features.filter((feature: { properties: { class: string } }) => feature.properties.class === name);
      const pixels = gdal.filter((each) => each.value === value).reduce((sum, each) => sum + each.pixels, 0);
      const hectares = own.reduce(
        (sum: number, each: { properties: { hectares: number } }) => sum + each.properties.hectares,
        0,
      );
      expect([name, hectares]).toEqual([name, expect.closeTo(pixels / 100, 6)]);
      for (const { properties } of own) {
        expect(properties.title).toBe(title);
        expect(properties.confidence).toBeGreaterThanOrEqual(1);
        expect(properties.confidence).toBeLessThanOrEqual(100);
      }
    }
  });

  test('a file is saved under a name that says of which place, season and year it is', async () => {
    const name = 'geocrop-50.746N-4.063E-northern-summer-2019-map.tif';
    expect((await get('map.tif', '?download=1')).headers.get('content-disposition')).toBe(
      `attachment; filename="${name}"`,
    );
    expect((await get('map.tif')).headers.get('content-disposition')).toBe('inline; filename="map.tif"');
    expect((await get('map.tif', '?download=yes')).status).toBe(400);
  });

  test('what is made is made once for many who ask, and kept', async () => {
    await store.delete(`${resultPrefix(job.id)}parcels.geojson`);
    let written = 0;
    const counting: ObjectStore = {
      ...store,
      putStream: (key, write) => {
        written++;
        return store.putStream(key, write);
      },
    };
    const ensure = madeFiles(counting);
    await Promise.all(Array.from({ length: 10 }, () => ensure(job, 'parcels.geojson')));
    await ensure(job, 'parcels.geojson');
    await ensure(job, 'map.tif');
    expect(written).toBe(1);
  });

  test('what failed is tried again', async () => {
    await store.delete(`${resultPrefix(job.id)}classes.csv`);
    let fails = true;
    const failing: ObjectStore = {
      ...store,
      put: async (key, bytes) => {
        if (fails) throw new Error('no room');
        return store.put(key, bytes);
      },
    };
    const ensure = madeFiles(failing);
    await expect(ensure(job, 'classes.csv')).rejects.toThrow('no room');
    fails = false;
    await ensure(job, 'classes.csv');
    expect(await store.size(`${resultPrefix(job.id)}classes.csv`)).toBeGreaterThan(0);
  });

  describe('a map that is too large', () => {
    test('is refused with a sentence, and nothing is written', async () => {
      const plan = `jobs/${job.id}/plan.json`;
      const kept = (await store.get(plan))!;
      const changed = JSON.parse(Buffer.from(kept).toString());
      changed.extent = { ...changed.extent, originX: 0, originY: 8_000_000, width: 2 ** 20, height: 2 ** 20 };
      await store.put(plan, Buffer.from(JSON.stringify(changed)));
      const radiusM = 25_000;
      const large = { ...job, request: { ...job.request, aoi: { ...circle, radiusM } as Aoi } };
      await store.delete(`${resultPrefix(job.id)}parcels.geojson`);
      await expect(madeFiles(store)(large, 'parcels.geojson')).rejects.toMatchObject({
        code: 'too-large',
        message: expect.stringMatching(/at most 16 million/),
      });
      expect(await store.size(`${resultPrefix(job.id)}parcels.geojson`)).toBeNull();
      await store.put(plan, kept);
    });
  });
});
