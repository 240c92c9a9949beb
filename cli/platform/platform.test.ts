import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { decodeJwt, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { projectRoot } from '#shared/config/project-root.ts';
import type { Report } from '#shared/domain/report.ts';
import { madeSeason } from '#shared/testing/made-season.ts';
import { mustRun, runCli, startCli } from '#shared/testing/run-cli.ts';
import { demoSeason, SeasonCopy } from '#shared/testing/season-copy.ts';
import { innerCorners, writeSquares } from '#shared/testing/season-areas.ts';
import { loopback } from '#shared/testing/static-server.ts';
import { tinyHome, workFolder } from '#shared/testing/work-folder.ts';
import { fromUtm } from '#shared/domain/utm.ts';
import { parseSigningKey } from '../../functions/auth/signing-key.ts';
import { adminPassword, ApiUser, logInAdmin, logInAs, newUser, password } from './testing/api-user.ts';
import { runWithInput } from './testing/run-with-input.ts';
import {
  endPlatforms,
  functionProcesses,
  logged,
  startPlatform,
  writeSources,
  type TestPlatform,
} from './testing/test-platform.ts';

const folder = workFolder('platform');
const home = tinyHome(folder);
const season = { year: 2019, season: 'northern-summer', model: 'tiny', source: 'made' };
const inParts = ['--year', '2019', '--season', 'northern-summer', '--model', 'tiny'];
const cold: Record<string, number> = {};
/** The most memory that a process of each function has had, bytes: of those that have ended too. */
const peaks: Record<string, number> = {};
const looking = setInterval(() => lookAtMemory(), 500);
let platform: TestPlatform;
let admin: ApiUser;
let users: ApiUser[];
let squares: string;
let stac: string;

const evilHrefs = [
  'http://169.254.169.254/latest/meta-data',
  'file:///etc/passwd',
  '/etc/passwd',
  '../../../../../../../../../../etc/passwd',
  'https://user:password@elsewhere.example/x.tif',
];
const anyId = '00000000-0000-4000-8000-000000000000';

/** What can be wrong with the sixth scene of a pack: a file of it, its bytes (null: none), and what is told of it. */
const damages: Record<string, [file: string | null, bytes: string | null, told: RegExp]> = {
  'an asset that is no image': ['B04.tif', 'no TIFF', /^scene (S2\w+): 31\/U[\w/]+\/\1\/B04\.tif /],
  'an asset that is cut off': ['SCL.tif', 'II*\0\x08\0\0\0', /^scene (S2\w+): 31\/U[\w/]+\/\1\/SCL\.tif /],
  'an item that is not there': [null, null, /^collection\.json lists 31\/U[\w/]+\.json, which is not there/],
  'an item that is no JSON': [null, '{', /^31\/U[\w/]+\.json /],
};

/** Circles round the middle of one chunk, each a chunk of work. */
function circle(index: number): { lon: number; lat: number; radius_m: number } {
  const [x, y] = innerCorners[0];
  const [lon, lat] = fromUtm({ zone: 31, north: true }, x - 2560, y - 2560);
  return { lon, lat, radius_m: 200 + 10 * index };
}

/** A spring of the demo, once with a file that is not there and once for every place that an item may not name. */
function badSources(): Record<string, string> {
  const copy = (name: string) => new SeasonCopy(demoSeason, join(folder, name), (id) => /_2019(04|05|06)/.test(id));
  const broken = copy('broken');
  broken.replace(5, 'B04.tif', null);
  const evil = evilHrefs.map((href, i) => {
    const season = copy(`evil-${i}`);
    season.editItem(5, ({ assets }) => (assets.B04.href = href));
    return [`evil-${i}`, season.root];
  });
  const damaged = Object.values(damages).map(([file, bytes], i) => {
    const season = copy(`damaged-${i}`);
    season.replace(5, file ?? `${season.scenes[5].id}.json`, bytes);
    return [`damaged-${i}`, season.root];
  });
  return { broken: broken.root, ...Object.fromEntries([...evil, ...damaged]) };
}

async function firstAnswer(name: string, path: string): Promise<void> {
  const began = performance.now();
  await (await fetch(platform.url + path)).text();
  cold[name] = performance.now() - began;
}

beforeAll(async () => {
  stac = (await madeSeason(3, 2, 10)).out;
  squares = writeSquares(join(folder, 'squares.geojson'), innerCorners, 300);
  const slow = await loopback(() => {});
  const sources = writeSources(folder, { made: stac, silent: slow.address, ...badSources() });
  platform = await startPlatform(home, { GEOCROP_SOURCES: sources, GEOCROP_RECRUITER_JOBS: '5' });
  await firstAnswer('auth', '/.well-known/jwks.json');
  await firstAnswer('jobs', '/processes');
  await firstAnswer('status', `/status/${anyId}`);
  admin = await logInAdmin(platform.url, home);
  users = [await newUser(admin, 'amina', 'analyst'), await newUser(admin, 'bongani', 'analyst')];
}, 240_000);

afterAll(() => {
  clearInterval(looking);
  endPlatforms();
});

function lookAtMemory(): void {
  for (const { name, peakBytes } of functionProcesses(home)) peaks[name] = Math.max(peaks[name] ?? 0, peakBytes);
}

test('every API function answers its first request from zero in under a second', () => {
  process.stdout.write(
    `first request from zero, ms: ${JSON.stringify(cold, (_, ms) => (typeof ms === 'number' ? Math.round(ms) : ms))}\n`,
  );
  expect(Object.keys(cold)).toEqual(['auth', 'jobs', 'status']);
  // A second on an idle machine; twice that where other tests run beside this one.
  for (const ms of Object.values(cold)) expect(ms).toBeLessThan(2000);
});

test('the first start says the password once and keeps it for the owner alone', () => {
  expect(platform.said()).toContain(`"admin" with the password ${adminPassword(home)}`);
  for (const name of ['admin-password', 'signing-key.json', 'platform.log'])
    expect([name, statSync(join(home, name)).mode & 0o777]).toEqual([name, 0o600]);
  expect(readFileSync(join(home, 'platform.log'), 'utf8')).not.toContain(adminPassword(home));
});

test('the page and the API document are there', async () => {
  const page = await fetch(platform.url);
  expect([page.status, page.headers.get('content-type')?.toLowerCase()]).toEqual([200, 'text/html; charset=utf-8']);
  const document = (await (await fetch(`${platform.url}/api`)).json()) as { openapi: string; paths: object };
  expect(document.openapi).toBe('3.1.0');
  expect(Object.keys(document.paths)).toEqual(
    expect.arrayContaining([
      '/auth/login',
      '/jobs/{id}',
      '/processes/crop-map/execution',
      '/status/{id}/events',
      '/tiles/layers',
    ]),
  );
});

/** The map of an area of the 20 jobs as `geocrop map` makes it, with no part of theirs. */
async function mapOfCommandLine(area: number): Promise<Buffer> {
  const place = area === 0 ? ['--aoi', squares] : ['--at', Object.values(circle(area)).join(',')];
  const out = join(folder, `map-${area}`);
  await mustRun(['map', '--stac', stac, ...place, ...inParts, '--out', out], { home });
  return readFileSync(join(out, 'map.tif'));
}

test('20 jobs of three users at once on the workers of this machine', { timeout: 180_000 }, async () => {
  const area = JSON.parse(readFileSync(squares, 'utf8')) as object;
  const areas = [area, circle(1), circle(2), circle(3), circle(4)];
  const owners = [admin, ...users];
  const jobs = await Promise.all(
    Array.from({ length: 20 }, async (_, i) => {
      const owner = owners[i % 3];
      return { area: i % 5, owner, id: await owner.submit({ ...season, aoi: areas[i % 5] }) };
    }),
  );
  const ends = await Promise.all(jobs.map(({ owner, id }) => owner.finished(id)));
  expect(ends.map(({ status }) => status)).toEqual(jobs.map(() => 'successful'));
  const parts = logged(home, 'Part:Done').map(({ part }) => part);
  expect(parts.length).toBe(new Set(parts).size);
  expect(parts.length).toBe(6 + 4);
  const compared = [];
  for (const index of areas.keys()) {
    const expected = await mapOfCommandLine(index);
    for (const { owner, id } of jobs.filter((job) => job.area === index)) {
      expect([index, (await owner.bytes(id)).equals(expected)]).toEqual([index, true]);
      compared.push(id);
    }
  }
  expect(new Set(compared)).toEqual(new Set(jobs.map(({ id }) => id)));
});

describe('a part that is there already', () => {
  test('is used again, and the report says who did what', { timeout: 60_000 }, async () => {
    const before = logged(home, 'Part:Done').length;
    const [user] = users;
    const first = await user.submit({ ...season, aoi: circle(10) });
    await user.finished(first);
    const again = await user.submit({ ...season, aoi: circle(10) });
    await user.finished(again);
    expect(logged(home, 'Part:Done').length).toBe(before + 1);
    const report = async (id: string) => JSON.parse(String(await user.bytes(id, 'report.json'))) as Report;
    expect((await report(first)).chunks).toEqual({ total: 1, computed: 1, reused: 0 });
    expect((await report(again)).chunks).toEqual({ total: 1, computed: 0, reused: 1 });
    const { workers, peakMemoryBytes, seconds } = await report(first);
    expect(workers).toBe(1);
    for (const bytes of Object.values(peakMemoryBytes)) {
      expect(bytes).toBeGreaterThan(50e6);
      expect(bytes).toBeLessThan(2e9);
    }
    expect(seconds.compute).toBeGreaterThan(0);
    expect(seconds.total).toBeCloseTo(seconds.plan + seconds.compute + seconds.stitch, 2);
  });
});

describe('what belongs to one user', () => {
  test('is not there for another; an admin sees it', { timeout: 60_000 }, async () => {
    const [owner, other] = users;
    const id = await owner.submit({ ...season, aoi: circle(1) });
    await owner.finished(id);
    const paths = ['', '/events', '/results', '/results/map.tif'].map((end) => `/status/${id}${end}`);
    for (const path of [...paths, `/jobs/${id}`]) {
      const statusFor = async (user: ApiUser) => (await user.fetch(path)).status;
      expect([path, await statusFor(owner), await statusFor(other), await statusFor(admin)]).toEqual([
        path,
        200,
        404,
        200,
      ]);
      expect((await fetch(platform.url + path)).status).toBe(401);
    }
    for (const [method, path] of [
      ['DELETE', `/jobs/${id}`],
      ['POST', `/jobs/${id}/retry`],
    ] as const)
      expect((await other.fetch(path, { method })).status).toBe(404);
    const ids = async (user: ApiUser) =>
      ((await user.json('/jobs?limit=100')).body.jobs as { jobID: string }[]).map(({ jobID }) => jobID);
    expect(await ids(other)).not.toContain(id);
    expect(await ids(admin)).toContain(id);
  });
});

describe('a job that fails later', () => {
  const demo = { ...season, aoi: { lon: 4.063, lat: 50.746, radius_m: 100 } };

  /** The reason on the job must be the one of its last event. */
  async function failed(inputs: Record<string, unknown>): Promise<{ code: string; message: string }> {
    const id = await users[0].submit(inputs);
    const job = await users[0].finished(id);
    const last = (await users[0].events(id)).at(-1)!;
    expect([job.status, last.event]).toEqual(['failed', 'failed']);
    expect(JSON.parse(last.data)).toMatchObject(job.error!);
    await expectNoPaths(id);
    return job.error!;
  }

  /** Where the server keeps its files is nobody's business. */
  async function expectNoPaths(id: string): Promise<void> {
    for (const path of [`/status/${id}`, `/status/${id}/events`, `/jobs/${id}`, '/jobs?limit=100']) {
      const text = await (await users[0].fetch(path)).text();
      expect([path, text.length > 100]).toEqual([path, true]);
      for (const place of [folder, projectRoot, home, tmpdir()]) expect([path, text]).not.toContain(place);
      expect([path, /\/(home|work|root|srv|usr|var|tmp)\//.exec(text)]).toEqual([path, null]);
    }
  }

  test('for want of scenes', { timeout: 60_000 }, async () => {
    const { code, message } = await failed({ ...demo, aoi: { lon: 5.063, lat: 50.746, radius_m: 100 } });
    expect([code, message]).toEqual(['no-scenes', expect.stringContaining('no usable scene')]);
  });

  test('for a broken scene says which; told to skip it, it finishes', { timeout: 60_000 }, async () => {
    const { message } = await failed({ ...demo, source: 'broken' });
    expect(message).toMatch(/^scene S2\w+: .*B04\.tif/);
    const id = await users[0].submit({ ...demo, source: 'broken', onBrokenScene: 'skip' });
    expect((await users[0].finished(id)).status).toBe('successful');
    const report = JSON.parse(String(await users[0].bytes(id, 'report.json'))) as Report;
    expect(report.scenes.skipped).toEqual([
      { id: /^scene (\S+):/.exec(message)![1], reason: expect.stringContaining('B04.tif') },
    ]);
  });

  test.each(Object.entries(damages))('for a pack with %s, told by its place in the pack', async (name, [, , told]) => {
    const { message } = await failed({ ...demo, source: `damaged-${Object.keys(damages).indexOf(name)}` });
    expect(message).toMatch(told);
  });

  test.each(evilHrefs)('for an item that names %s', { timeout: 60_000 }, async (href) => {
    const { message } = await failed({ ...demo, source: `evil-${evilHrefs.indexOf(href)}` });
    expect(message).toMatch(/not among the places|leads out of the directory|band B04|not among/);
    expect(message).not.toMatch(/password@|root:/);
  });
});

test('events go on after the last one seen, without loss or repeat', { timeout: 60_000 }, async () => {
  const [user] = users;
  const id = await user.submit({ ...season, aoi: circle(20) });
  const begun = await user.events(id, undefined, 2);
  const rest = await user.events(id, begun.at(-1)!.id!);
  expect([...begun, ...rest].map(({ event }) => event)).toEqual([
    'accepted',
    'planned',
    'part',
    'stitching',
    'successful',
  ]);
  expect([...begun, ...rest].map(({ id: number }) => number)).toEqual(
    (await user.events(id)).map(({ id: number }) => number),
  );
  expect(await user.events(id, rest.at(-1)!.id!)).toEqual([]);
});

test('a stream ends with its token, and goes on with a fresh one', { timeout: 60_000 }, async () => {
  const [user] = users;
  const id = await user.submit({ ...season, source: 'silent', aoi: circle(1) });
  const brief = new ApiUser(platform.url, await briefToken(user.token, 4));
  const began = performance.now();
  const heard = await brief.allEvents(id);
  expect(performance.now() - began).toBeLessThan(6000);
  expect(heard.at(-1)).toMatchObject({ id: null, event: 'expired', data: expect.stringContaining('unauthenticated') });
  const kept = heard.filter((event) => event.id !== null);
  expect(kept.map(({ event }) => event)).toEqual(['accepted']);
  await user.json(`/jobs/${id}`, { method: 'DELETE' });
  expect((await user.events(id, kept.at(-1)!.id!)).map(({ event }) => event)).toEqual(['dismissed']);
});

/** A token of the same user for so many seconds. */
async function briefToken(token: string, seconds: number): Promise<string> {
  const { privateKey, kid } = await parseSigningKey(readFileSync(join(home, 'signing-key.json'), 'utf8'));
  const claims = { ...decodeJwt(token), exp: Math.floor(Date.now() / 1000) + seconds };
  return new SignJWT(claims).setProtectedHeader({ alg: 'EdDSA', typ: 'at+jwt', kid }).sign(privateKey);
}

test('a cancelled job begins nothing more and commits nothing', { timeout: 60_000 }, async () => {
  const [user] = users;
  const id = await user.submit({
    ...season,
    aoi: JSON.parse(readFileSync(writeSquares(join(folder, 'cancel.geojson'), innerCorners, 900), 'utf8')),
  });
  const partsBefore = logged(home, 'Part:Done').length;
  await user.until(id, ({ message }) => message?.startsWith('computing') ?? false);
  expect((await user.json(`/jobs/${id}`, { method: 'DELETE' })).body.status).toBe('dismissed');
  const seen = (await user.events(id)).length;
  await sleep(5000);
  const partsAfter = logged(home, 'Part:Done').length;
  await sleep(3000);
  expect(logged(home, 'Part:Done').length).toBe(partsAfter);
  expect(partsAfter - partsBefore).toBeLessThan(6);
  expect((await user.events(id)).length).toBe(seen);
  expect((await user.fetch(`/status/${id}/results`)).status).toBe(409);
});

describe('bad tokens and bodies over HTTP', () => {
  const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const claimsOf = (token: string) => JSON.parse(Buffer.from(token.split('.')[1], 'base64url').toString());

  test.each([
    ['unsigned (alg none)', (token: string) => `${encoded({ alg: 'none', typ: 'at+jwt' })}.${token.split('.')[1]}.`],
    [
      'with other claims',
      (token: string) =>
        [token.split('.')[0], encoded({ ...claimsOf(token), role: 'admin' }), token.split('.')[2]].join('.'),
    ],
    ['cut off', (token: string) => token.slice(0, -4)],
    ['of no form', () => 'x'],
  ])('a token %s', async (_, forge) => {
    for (const path of ['/jobs', `/status/${anyId}`, '/auth/me']) {
      const response = await new ApiUser(platform.url, forge(users[0].token)).fetch(path);
      expect([path, response.status, response.headers.get('content-type')]).toEqual([
        path,
        401,
        'application/problem+json',
      ]);
    }
  });

  test.each(['all at once', 'as a stream'])('a body of 50 MB, sent %s', async (how) => {
    const bytes = Buffer.alloc(50 * 2 ** 20, 'x');
    const answer = await users[0].fetch('/processes/crop-map/execution', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: how === 'as a stream' ? new Blob([bytes]).stream() : bytes,
      duplex: 'half',
    } as RequestInit);
    expect([answer.status, await answer.json()]).toEqual([413, expect.objectContaining({ code: 'too-large' })]);
  });
});

test('a thousand open event streams, and clients that go away', { timeout: 120_000 }, async () => {
  const [user] = users;
  const id = await user.submit({ ...season, source: 'silent', aoi: circle(1) });
  const agent = new Agent({ keepAlive: false, maxSockets: Infinity });
  const streams = Array.from({ length: 1000 }, () =>
    openStream(`${platform.url}/status/${id}/events`, user.token, agent),
  );
  const first = await Promise.all(streams.map(({ first }) => first));
  expect(first.filter((text) => text.includes('event: accepted'))).toHaveLength(1000);
  await sleep(2000);
  const status = functionProcesses(home).filter(({ name }) => name === 'status');
  process.stdout.write(
    `memory of status with 1,000 streams: ${status.map(({ residentBytes }) => `${Math.round(residentBytes / 1e6)} MB`).join(', ')}\n`,
  );
  for (const { residentBytes } of status) expect(residentBytes).toBeLessThan(512 * 2 ** 20);
  const began = performance.now();
  expect((await user.fetch(`/status/${id}`)).status).toBe(200);
  expect(performance.now() - began).toBeLessThan(5000);
  for (const { close } of streams.slice(0, 500)) close();
  const ended = Promise.all(streams.slice(500).map(({ rest }) => rest));
  expect((await user.json(`/jobs/${id}`, { method: 'DELETE' })).body.status).toBe('dismissed');
  const told = (await ended).filter((text) => text.includes('event: dismissed'));
  expect(told).toHaveLength(500);
  agent.destroy();
});

function openStream(url: string, token: string, agent: Agent) {
  const first = Promise.withResolvers<string>();
  const rest = Promise.withResolvers<string>();
  let text = '';
  const get = request(url, { agent, headers: { authorization: `Bearer ${token}` } }, (response) => {
    response.on('data', (piece) => {
      text += piece;
      if (text.includes('event:')) first.resolve(text);
    });
    response.on('close', () => rest.resolve(text));
    response.on('error', () => rest.resolve(text));
  });
  get.on('error', (error) => (first.reject(error), rest.resolve(text)));
  get.end();
  return { first: first.promise, rest: rest.promise, close: () => get.destroy() };
}

describe('the command line of a user', () => {
  const own = join(folder, 'user-home');
  const run = (...args: string[]) => runCli(args, { home: own });
  const withInput = (input: string, args: string[]) => runWithInput(args, own, input);

  test('logs in, submits, watches, fetches, invokes', { timeout: 120_000 }, async () => {
    expect(await run('jobs', 'list')).toMatchObject({ code: 3, stderr: expect.stringContaining('geocrop login') });
    const login = ['login', '--url', platform.url, '--name', 'amina', '--password-stdin'];
    expect(await withInput('wrong password', login)).toMatchObject({ code: 3 });
    expect(await withInput(password, login)).toMatchObject({ code: 0 });
    const place = ['--source', 'made', '--at', Object.values(circle(3)).join(','), ...inParts];
    // As if the token had run out: it is renewed before it is used.
    const session = JSON.parse(readFileSync(join(own, 'session.json'), 'utf8'));
    writeFileSync(join(own, 'session.json'), JSON.stringify({ ...session, accessToken: 'old.old.old', expiresAt: 0 }));
    const submitted = await run('jobs', 'submit', ...place, '--watch', '--json');
    expect(submitted).toMatchObject({ code: 0 });
    expect(JSON.parse(readFileSync(join(own, 'session.json'), 'utf8')).refreshToken).not.toBe(session.refreshToken);
    const { jobID } = JSON.parse(submitted.stdout);
    expect(await run('jobs', 'show', jobID)).toMatchObject({ code: 0, stdout: expect.stringContaining('successful') });
    expect(await run('jobs', 'list')).toMatchObject({ code: 0, stdout: expect.stringContaining(jobID) });
    const out = join(folder, 'fetched');
    expect(await run('results', 'get', jobID, '--out', out)).toMatchObject({ code: 0 });
    expect(readFileSync(join(out, 'map.tif')).equals(readFileSync(join(folder, 'map-3', 'map.tif')))).toBe(true);
    expect(existsSync(join(out, 'report.json'))).toBe(true);
    const events = await run('invoke', 'status', '--path', `/status/${jobID}/events`);
    expect(events).toMatchObject({ code: 0, stdout: expect.stringContaining('event: successful') });
    expect(JSON.parse((await run('invoke', 'auth', '--path', '/auth/me')).stdout).name).toBe('amina');
    await invokeRunningStream();
    expect(await run('jobs', 'retry', jobID)).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('only a failed or cancelled'),
    });
    expect(await run('jobs', 'cancel', jobID)).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('the job is successful by now'),
    });
    expect(await run('jobs', 'delete', jobID)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('is deleted'),
    });
    expect(await run('jobs', 'show', jobID)).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('there is no job'),
    });
    expect(await run('jobs', 'show', 'x')).toMatchObject({ code: 3, stderr: expect.stringContaining('id') });
    expect(await run('users', 'list')).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('needs the role admin'),
    });
    const refused = await run(
      'jobs',
      'submit',
      '--source',
      'nowhere',
      '--at',
      '4.063,50.746,300',
      ...inParts,
      '--json',
    );
    expect([refused.code, JSON.parse(refused.stdout).error]).toEqual([
      3,
      expect.objectContaining({ code: 'invalid-source', field: 'source' }),
    ]);
    expect(await run('logout')).toMatchObject({ code: 0 });
    expect(await run('jobs', 'list')).toMatchObject({ code: 3 });
  });

  /** Shows each event when it comes: the job cannot end before its first event has been seen. */
  async function invokeRunningStream(): Promise<void> {
    const place = ['--source', 'silent', '--at', Object.values(circle(3)).join(','), ...inParts];
    const { jobID } = JSON.parse((await run('jobs', 'submit', ...place, '--json')).stdout);
    const { child, done } = startCli(['invoke', 'status', '--path', `/status/${jobID}/events`], { home: own });
    const shown = Promise.withResolvers<void>();
    child.stdout!.on('data', (text: string) => text.includes('event: accepted') && shown.resolve());
    await Promise.race([shown.promise, done]);
    expect(child.exitCode).toBeNull();
    expect(await run('jobs', 'cancel', jobID)).toMatchObject({ code: 0 });
    expect(await done).toMatchObject({ code: 0, stdout: expect.stringMatching(/event: accepted[^]*event: dismissed/) });
  }

  test('of an admin manages accounts', { timeout: 60_000 }, async () => {
    const options = { home };
    expect(await runCli(['login', '--url', platform.url], options)).toMatchObject({ code: 0 });
    const { jobs } = JSON.parse((await runCli(['jobs', 'list', '--json', '--limit', '100'], options)).stdout);
    const logged = await runCli(['jobs', 'logs', jobs.at(-1).jobID], options);
    expect(logged).toMatchObject({ code: 0, stdout: expect.stringContaining('Job:Planned') });
    expect(logged.stdout).toContain('Part:Done');
    const log = readFileSync(join(home, 'platform.log'), 'utf8');
    const session = JSON.parse(readFileSync(join(home, 'session.json'), 'utf8'));
    for (const secret of [password, session.accessToken, session.refreshToken]) expect(log).not.toContain(secret);
    const add = ['users', 'add', 'carol', '--role', 'recruiter', '--password-stdin', '--json'];
    expect(JSON.parse((await runWithInput(add, home, password)).stdout)).toMatchObject({
      name: 'carol',
      role: 'recruiter',
    });
    expect(await runCli(['users', 'list'], options)).toMatchObject({
      stdout: expect.stringMatching(/carol\s+recruiter/),
    });
    expect(await runCli(['users', 'disable', 'carol'], options)).toMatchObject({ code: 0 });
    await expect(logInAs(platform.url, 'carol')).rejects.toThrow('cannot log in');
    expect(await runCli(['users', 'enable', 'carol'], options)).toMatchObject({ code: 0 });
    const changed = await runWithInput(['users', 'passwd', 'carol', '--password-stdin'], home, `${password}!`);
    expect(changed.code).toBe(0);
    await expect(logInAs(platform.url, 'carol', `${password}!`)).resolves.toBeInstanceOf(ApiUser);
  });
});

test('under all of this no function has had more memory than it may', { timeout: 60_000 }, async () => {
  const [user] = users;
  const large = {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: `{"inputs":"${'x'.repeat(9e5)}"}`,
  };
  const load = Array.from({ length: 40 }, () => [
    logInAs(platform.url, 'amina').catch(() => null),
    user.fetch('/jobs?limit=100').then((answer) => answer.text()),
    user.fetch('/processes/crop-map/execution', large).then((answer) => answer.text()),
    user.fetch(`/status/${anyId}`).then((answer) => answer.text()),
  ]);
  await Promise.all(load.flat());
  lookAtMemory();
  process.stdout.write(
    `most memory, MB: ${JSON.stringify(peaks, (_, bytes) => (bytes > 0 ? Math.round(bytes / 1e6) : bytes))}\n`,
  );
  for (const name of ['auth', 'jobs', 'status']) {
    expect(peaks[name]).toBeGreaterThan(30e6);
    expect(peaks[name]).toBeLessThan(512 * 2 ** 20);
  }
  expect(peaks.infer).toBeGreaterThan(50e6);
  expect(peaks.infer).toBeLessThan(2 * 2 ** 30);
});

test('Ctrl-C ends everything within 20 s, with nothing left', { timeout: 60_000 }, async () => {
  const began = performance.now();
  const { code } = await platform.interrupt();
  expect(performance.now() - began).toBeLessThan(20_000);
  expect([code, functionProcesses(home)]).toEqual([0, []]);
});
