import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fromUtm } from '#shared/domain/utm.ts';
import { madeSeason } from '#shared/testing/made-season.ts';
import { innerCorners } from '#shared/testing/season-areas.ts';
import { tinyHome, workFolder } from '#shared/testing/work-folder.ts';
import { adminPassword, type ApiUser, logInAdmin, newUser, password } from './testing/api-user.ts';
import { endPlatforms, startPlatform, writeSources, type TestPlatform } from './testing/test-platform.ts';

const folder = workFolder('strangers');
const home = tinyHome(folder);
const [lon, lat] = fromUtm({ zone: 31, north: true }, ...innerCorners[0]);
const zoom = 14;
const [x, y] = [lon, lat].map((_, axis) => tileOf(axis));
const ring = [
  [lon - 0.001, lat - 0.001],
  [lon + 0.001, lat - 0.001],
  [lon, lat + 0.001],
  [lon - 0.001, lat - 0.001],
];
const area = { type: 'Polygon', coordinates: [ring] };
let platform: TestPlatform;
let owner: ApiUser;
let stranger: ApiUser;
let operations: [method: string, path: string][];

/** Column or row of the web's tile matrix set, by its own formula. */
function tileOf(axis: number): number {
  const radians = (lat * Math.PI) / 180;
  const part = axis === 0 ? (lon + 180) / 360 : (1 - Math.asinh(Math.tan(radians)) / Math.PI) / 2;
  return Math.floor(part * 2 ** zoom);
}

interface Owned {
  job: string;
  share: string;
  shareId: string;
  layers: string[];
}

async function mapped(user: ApiUser, radius: number): Promise<Owned> {
  const season = { year: 2019, season: 'northern-summer', model: 'tiny', source: 'made' };
  const job = await user.submit({ ...season, aoi: { lon, lat, radius_m: radius } });
  expect((await user.finished(job)).status).toBe('successful');
  const { body: share } = await user.post(`/jobs/${job}/shares`, {});
  const { body } = await user.json(`/tiles/layers?job=${job}`);
  const layers = (body.layers as { id: string }[]).map(({ id }) => id);
  return { job, share: String(share.key), shareId: String(share.id), layers };
}

/** How an operation of the document asks for what belongs to a user; none where it is about nothing of theirs. */
function asked(path: string, { job, shareId, layers }: Owned): string[] {
  const filled = path.replace('{id}', job).replace('{shareId}', shareId).replace('{file}', 'map.tif');
  const place = path.endsWith('/point') ? `?lon=${lon}&lat=${lat}` : '';
  if (path === '/tiles/layers') return [`${path}?job=${job}`];
  if (path.startsWith('/tiles/{tms}'))
    return layers.map((layer) => `/tiles/WebMercatorQuad/${zoom}/${x}/${y}.png?layer=${layer}`);
  if (path.includes('{layer}')) return layers.map((layer) => filled.replace('{layer}', layer) + place);
  return path.includes('{id}') ? [filled + place] : [];
}

beforeAll(async () => {
  const { out } = await madeSeason(3, 2, 10);
  platform = await startPlatform(home, { GEOCROP_SOURCES: writeSources(folder, { made: out }) });
  const admin = await logInAdmin(platform.url, home);
  [owner, stranger] = [await newUser(admin, 'amina', 'analyst'), await newUser(admin, 'bongani', 'analyst')];
  const { paths } = (await (await fetch(`${platform.url}/api`)).json()) as { paths: Record<string, object> };
  operations = Object.entries(paths).flatMap(([path, all]) =>
    Object.keys(all).map((method): [string, string] => [method.toUpperCase(), path]),
  );
}, 240_000);
afterAll(endPlatforms);

test('every operation of the API refuses what is of another user, whoever asks and with whatever share', async () => {
  const owned = await mapped(owner, 300);
  const own = await mapped(stranger, 310);
  expect(owned.layers.length).toBeGreaterThan(2);
  const withShare = (path: string, share: string) => `${path}${path.includes('?') ? '&' : '?'}share=${share}`;
  const [read, answered] = [new Set<string>(), new Set<string>()];
  for (const [method, template] of operations)
    for (const path of asked(template, owned)) {
      const json = { 'content-type': 'application/json' };
      const body =
        method === 'POST' ? { body: JSON.stringify(path.includes('/tiles/') ? area : {}), headers: json } : {};
      const ways: [who: string, ask: () => Promise<Response>][] = [
        ['nobody', () => fetch(platform.url + path, { method, ...body })],
        ['a stranger', () => stranger.fetch(path, { method, ...body })],
        ['a share of another job', () => fetch(platform.url + withShare(path, own.share), { method, ...body })],
        ['a stranger with it', () => stranger.fetch(withShare(path, own.share), { method, ...body })],
      ];
      for (const [who, ask] of ways) {
        const reply = await ask();
        const told = [method, path, who, reply.status, (await reply.text()).includes(owned.share)];
        expect(told).toEqual([method, path, who, expect.toBeOneOf([401, 404]), false]);
      }
      if (method === 'GET' || path.endsWith('/statistics')) {
        const reply = await owner.fetch(path, { method, ...body });
        await reply.body?.cancel();
        read.add(template);
        if (reply.ok) answered.add(template);
      }
    }
  // To its owner the same request is answered: what was refused is there.
  expect([...answered].sort()).toEqual([...read].sort());
  expect(read.size).toBeGreaterThan(12);
  expect((await owner.json(`/jobs/${owned.job}`)).body.status).toBe('successful');
  expect((await owner.json(`/jobs/${owned.job}/shares`)).body.shares).toHaveLength(1);
}, 240_000);

test('every list of the API leaves out what is of another user', async () => {
  const { job } = await mapped(owner, 320);
  const lists = operations.filter(
    ([method, path]) => method === 'GET' && !path.includes('{') && path !== '/auth/users',
  );
  expect(lists.map(([, path]) => path)).toEqual(expect.arrayContaining(['/jobs', '/jobs/quota', '/tiles/layers']));
  for (const [, path] of lists) {
    const seen = await (await stranger.fetch(path)).text();
    expect([path, seen.includes(job)]).toEqual([path, false]);
  }
  expect(await (await owner.fetch('/jobs')).text()).toContain(job);
}, 240_000);

test('of all this the log has no secret', async () => {
  const { share } = await mapped(owner, 340);
  await (await fetch(`${platform.url}/jobs?share=${share}`)).text();
  const log = readFileSync(join(home, 'platform.log'), 'utf8');
  expect(log).toContain('Job:Successful');
  const key = JSON.parse(readFileSync(join(home, 'signing-key.json'), 'utf8')) as { d: string };
  const secrets = [share, key.d, owner.token, stranger.token, password, adminPassword(home)];
  for (const secret of secrets) {
    expect(secret.length).toBeGreaterThan(8);
    expect(log.includes(secret)).toBe(false);
  }
});

test('what the API does not name is no way round it', async () => {
  const { job } = await mapped(owner, 330);
  for (const path of [
    `/objects/results/${job}/map.tif`,
    `/results/${job}/map.tif`,
    `/status/${job}/results/..%2f..%2f..%2fsigning-key.json`,
    `/app/../objects/results/${job}/map.tif`,
    `/assets/..%2f..%2fobjects/results/${job}/map.tif`,
  ]) {
    const reply = await stranger.fetch(path);
    const bytes = Buffer.from(await reply.arrayBuffer());
    expect([path, bytes.subarray(0, 2).toString('latin1')]).not.toEqual([path, 'II']);
    expect([path, bytes.toString('latin1').includes('"d":')]).toEqual([path, false]);
  }
}, 240_000);
