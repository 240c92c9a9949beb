import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { GeoCropError } from '#shared/domain/errors.ts';
import type { Job, JobState } from '#shared/domain/job.ts';
import { defaultIssuer } from '#shared/domain/user-token.ts';
import type { Role } from '#shared/domain/user.ts';
import type { App } from '#shared/http/create-app.ts';
import { createLogger } from '#shared/http/logger.ts';
import { localKeys } from '#shared/http/remote-keys.ts';
import { fileSource } from '#shared/raster/file-source.ts';
import { openRaster } from '#shared/raster/raster.ts';
import { directoryStore } from '#shared/storage/directory-store.ts';
import type { ObjectStore } from '#shared/storage/object-store.ts';
import { makeRaster } from '#shared/tiles/testing/made-raster.ts';
import { signAccessToken } from '../../auth/access-token.ts';
import { newSigningKey, parseSigningKey } from '../../auth/signing-key.ts';
import { createTilesApp } from '../app.ts';
import { harareRaster, harareSidecar } from './harare.ts';

export const owner = '11111111-1111-4111-8111-111111111111';
export const jobId = '22222222-2222-4222-8222-222222222222';
export const shareKey = 's'.repeat(43);

export interface TilesFixture {
  app: App;
  store: ObjectStore;
  baselines: string;
  /** The job that there is; tests change it. */
  job: Job;
  /** Parts of it that are committed. */
  done: Set<string>;
  lines: string[];
  authorization(id: string, role?: Role): Promise<{ authorization: string }>;
  get(path: string, headers?: Record<string, string>): Promise<Response>;
}

const job = (state: JobState): Job => ({
  id: jobId,
  owner,
  state,
  phase: null,
  source: 'made',
  request: {
    aoi: { type: 'circle', lon: 31.08, lat: -17.88, radiusM: 2000 },
    season: 'southern-summer',
    year: 2022,
    model: 'tiny',
    collection: null,
    onBrokenScene: 'fail',
    acceptOutsideModel: false,
  },
  attempt: 1,
  error: null,
  summary: null,
  broken: [],
  scenes: null,
  chunks: null,
  lease: 1,
  createdAt: new Date(0),
  startedAt: null,
  finishedAt: null,
  expiredAt: null,
});

/** The app over folders, with one baseline made by GDAL and one job whose reader stands for the database. */
export async function tilesFixture(folder: string, options: { publicUrl?: string } = {}): Promise<TilesFixture> {
  const baselines = join(folder, 'baselines');
  mkdirSync(join(baselines, 'dw', 'zim', 'summer'), { recursive: true });
  await makeRaster(join(baselines, 'dw', 'zim', 'summer', '2019.tif'), harareRaster);
  writeFileSync(join(baselines, 'dw', 'zim', 'summer', '2019.json'), JSON.stringify(harareSidecar));
  const key = await parseSigningKey(await newSigningKey());
  const store = directoryStore(join(folder, 'objects'));
  const fixture = { job: job('running'), done: new Set<string>(), lines: [] as string[] };
  const app = createTilesApp({
    jobs: {
      async readable(id, { user, share }) {
        const isOwn = user && (user.role === 'admin' || user.id === fixture.job.owner);
        if (id === fixture.job.id && (isOwn || share === shareKey)) return fixture.job;
        throw new GeoCropError('not-found', `there is no job ${id}`, { field: 'id' });
      },
      doneParts: async () => [...fixture.done],
    },
    store,
    baselines: directoryStore(baselines),
    async source(id) {
      if (id === 'made') return { id, title: id, stac: folder, collection: null, hosts: [] };
      throw new GeoCropError('invalid-source', `there is no source "${id}"`, { field: 'source' });
    },
    openAsset: async (_source, { href }) => openRaster(fileSource(href)),
    tokens: { issuer: defaultIssuer, keys: localKeys({ keys: [key.publicJwk] }) },
    publicUrl: options.publicUrl ?? null,
    version: '1',
    logger: createLogger((line) => fixture.lines.push(line)),
    cacheBytes: 2 ** 26,
    catalogMs: 0,
  });
  return Object.assign(fixture, {
    app,
    store,
    baselines,
    async authorization(id: string, role: Role = 'analyst') {
      return { authorization: `Bearer ${await signAccessToken({ id, name: 'someone', role }, key, defaultIssuer)}` };
    },
    get: async (path: string, headers: Record<string, string> = {}) => app.request(path, { headers }),
  });
}
