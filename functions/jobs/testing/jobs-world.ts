import { realpathSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Database } from '#shared/db/database.ts';
import { defaultAoiLimits } from '#shared/domain/check-aoi.ts';
import type { Source } from '#shared/domain/source.ts';
import { defaultIssuer } from '#shared/domain/user-token.ts';
import type { Principal, Role } from '#shared/domain/user.ts';
import { featureSet } from '#shared/features/feature-names.ts';
import { createLogger } from '#shared/http/logger.ts';
import { localKeys } from '#shared/http/remote-keys.ts';
import { findModel, installedNames } from '#shared/model/model-folder.ts';
import { databaseQueue } from '#shared/queue/database-queue.ts';
import { directoryStore } from '#shared/storage/directory-store.ts';
import { defaultQuotas, makeUser } from '#shared/testing/job-fixtures.ts';
import { signAccessToken } from '../../auth/access-token.ts';
import { newSigningKey, parseSigningKey, type SigningKey } from '../../auth/signing-key.ts';
import { createJobsApp } from '../app.ts';
import type { JobsDeps } from '../deps.ts';
import { keptModels } from '../kept-models.ts';
import { lateReaders } from '../late-readers.ts';

const models = [fileURLToPath(new URL('../../../shared/testing/fixtures/models', import.meta.url))];

export type Headers = Record<string, string>;

/** The function `jobs` over a database, with the tiny model and one source `demo`, and users who can log in. */
export interface JobsWorld {
  deps: JobsDeps;
  key: SigningKey;
  lines: string[];
  headersOf(user: Principal): Promise<Headers>;
  newUser(role?: Role): Promise<{ user: Principal; headers: Headers }>;
  request(path: string, init?: RequestInit): Promise<Response>;
  send(
    path: string,
    init?: RequestInit,
  ): Promise<{ status: number; headers: globalThis.Headers; body: Record<string, unknown> }>;
}

/** @param season folder or address of the season of the source */
export async function jobsWorld(
  db: Database,
  { season = '/nowhere', home = '/nowhere', ...changed }: { season?: string; home?: string } & Partial<JobsDeps> = {},
): Promise<JobsWorld> {
  const key = await parseSigningKey(await newSigningKey());
  const lines: string[] = [];
  const isRemote = season.startsWith('http');
  const stac = isRemote || season === '/nowhere' ? season : realpathSync(season);
  const hosts = isRemote ? [new URL(season).host] : [];
  const source: Source = { id: 'demo', title: 'Demo', stac, collection: null, hosts };
  const find = (name: string) => findModel(name, models, featureSet);
  const late = lateReaders({
    s3: { region: 'af-south-1', endpoint: undefined },
    http: { timeoutMs: 5000, tries: 1 },
    folderOf: async () => (isRemote ? null : stac),
  });
  const deps: JobsDeps = {
    db,
    queue: databaseQueue(db),
    quotas: defaultQuotas,
    limits: defaultAoiLimits,
    sources: [source],
    model: async (name) => (await find(name)).manifest,
    modelNames: () => installedNames(models),
    votes: keptModels(find, featureSet),
    scenes: { search: late.search, assertReadable: late.assertReadable, assetSize: async () => null },
    rasters: late.rasters,
    reader: late.reader,
    store: directoryStore(join(home, 'objects')),
    workers: 2,
    chunksAtOnce: 2,
    retention: {
      keepResultsDays: null,
      keepPartsDays: 30,
      maxBytes: null,
      usedBytes: async () => 0,
      removeHalfWritten: null,
    },
    tokens: { issuer: defaultIssuer, keys: localKeys({ keys: [key.publicJwk] }) },
    maxTries: 5,
    today: () => '2026-01-01',
    version: '1',
    logger: createLogger((line) => lines.push(line)),
    ...changed,
  };
  const app = createJobsApp(deps);
  const headersOf = async (user: Principal) => ({
    authorization: `Bearer ${await signAccessToken(user, key, defaultIssuer)}`,
  });
  const request = async (path: string, init?: RequestInit) => app.request(path, init);
  return {
    deps,
    key,
    lines,
    headersOf,
    request,
    async newUser(role = 'analyst') {
      const user = { id: await makeUser(db, role), name: 'someone', role };
      return { user, headers: await headersOf(user) };
    },
    async send(path, init) {
      const reply = await request(path, init);
      const text = await reply.text();
      return { status: reply.status, headers: reply.headers, body: text ? JSON.parse(text) : {} };
    },
  };
}
