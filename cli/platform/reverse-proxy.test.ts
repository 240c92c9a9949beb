import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { projectRoot } from '#shared/config/project-root.ts';
import { fromUtm } from '#shared/domain/utm.ts';
import { madeSeason } from '#shared/testing/made-season.ts';
import { innerCorners } from '#shared/testing/season-areas.ts';
import { loopback } from '#shared/testing/static-server.ts';
import { tinyHome, workFolder } from '#shared/testing/work-folder.ts';
import { readEvents } from '../client/event-reader.ts';
import { ApiUser, logInAdmin } from './testing/api-user.ts';
import { hasNginx, startNginx } from './testing/nginx.ts';
import { endPlatforms, freePort, startPlatform, writeSources, type TestPlatform } from './testing/test-platform.ts';

const docs = readFileSync(join(projectRoot, 'docs', 'server.md'), 'utf8');
const folder = workFolder('reverse-proxy');
const home = tinyHome(folder);
const [x, y] = innerCorners[0];
const [lon, lat] = fromUtm({ zone: 31, north: true }, x - 2560, y - 2560);
const inputs = { year: 2019, season: 'northern-summer', model: 'tiny', aoi: { lon, lat, radius_m: 200 } };
const limit = 2 * 2 ** 20;

/** The one block of this language in the docs. */
function block(language: string): string {
  const found = [...docs.matchAll(new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\``, 'gm'))];
  if (found.length !== 1) throw new Error(`docs/server.md has ${found.length} blocks of ${language}`);
  return found[0][1];
}

/** Puts something else in the place of what the docs say once. */
function instead(text: string, said: string, here: string): string {
  if (text.split(said).length !== 2) throw new Error(`docs/server.md does not say "${said}" once`);
  return text.replace(said, here);
}

/** What the unit gives the platform, less where it lies and listens. */
function unitEnvironment(): Record<string, string> {
  const pairs = /^Environment=(.*)$/m
    .exec(block('ini'))![1]
    .split(' ')
    .map((pair) => pair.split('='));
  return Object.fromEntries(pairs.filter(([name]) => name !== 'GEOCROP_HOME' && name !== 'PORT'));
}

const hasSystemd = spawnSync('systemd-analyze', ['--version']).status === 0;
const required = process.env.GEOCROP_REQUIRE_ALL === '1';
if (required && !hasNginx) throw new Error('these tests need nginx: install nginx-light');
if (required && !hasSystemd) throw new Error('these tests need systemd-analyze: install systemd');

describe(`the unit of the docs${hasSystemd ? '' : ' (skipped: there is no systemd-analyze here)'}`, () => {
  test.skipIf(!hasSystemd)('is one that systemd takes', () => {
    const unit = join(folder, 'geocrop.service');
    // The program need not lie there on the machine that checks.
    writeFileSync(unit, block('ini').replace('/usr/bin/node', process.execPath));
    const { status, stdout, stderr } = spawnSync('systemd-analyze', ['verify', unit], { encoding: 'utf8' });
    expect([status, stdout, stderr]).toEqual([0, '', '']);
  });

  test('starts what every user starts', () => {
    const { scripts } = JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8'));
    expect(/^ExecStart=\/usr\/bin\/(.*)$/m.exec(block('ini'))![1]).toBe(scripts.start);
  });
});

describe.skipIf(!hasNginx)(`behind nginx as in the docs${hasNginx ? '' : ' (skipped: there is no nginx here)'}`, () => {
  let platform: TestPlatform;
  let nginx: { stop(): Promise<void> };
  let proxy: string;
  let admin: ApiUser;

  beforeAll(async () => {
    const { out: made } = await madeSeason(3, 2, 10);
    const silent = await loopback(() => {});
    const [port, front] = [await freePort(), await freePort()];
    const environment = unitEnvironment();
    expect(environment).toEqual({ PUBLIC_URL: 'https://maps.example.org', GEOCROP_PROXIES: '1' });
    const sources = writeSources(folder, { made, silent: silent.address });
    platform = await startPlatform(home, { ...environment, PORT: String(port), GEOCROP_SOURCES: sources });
    const server = instead(block('nginx'), 'listen 443 ssl;', `listen 127.0.0.1:${front};`);
    nginx = await startNginx(join(folder, 'nginx'), instead(server, '127.0.0.1:8080', `127.0.0.1:${port}`), front);
    proxy = `http://127.0.0.1:${front}`;
    admin = await logInAdmin(proxy, home);
  }, 240_000);

  afterAll(async () => {
    await nginx?.stop();
    endPlatforms();
  });

  test('a user logs in, and what is answered is told to no other', async () => {
    const me = await admin.fetch('/auth/me');
    expect([me.status, ((await me.json()) as { name: string }).name]).toEqual([200, 'admin']);
    expect((await fetch(`${proxy}/auth/me`)).status).toBe(401);
  });

  test('events come when they happen, not when the stream ends', { timeout: 60_000 }, async () => {
    const id = await admin.submit({ ...inputs, source: 'silent' });
    const answer = await admin.fetch(`/status/${id}/events`);
    const events = readEvents(answer.body!);
    const seen = await Promise.race([
      events.next().then(({ value }) => value?.event),
      new Promise((resolve) => setTimeout(resolve, 5000, 'nothing in 5 s')),
    ]);
    expect(seen).toBe('accepted');
    await admin.json(`/jobs/${id}`, { method: 'DELETE' });
    const rest: string[] = [];
    for await (const { event } of events) rest.push(event);
    expect(rest.at(-1)).toBe('dismissed');
  });

  test('a result comes whole, and by ranges', { timeout: 120_000 }, async () => {
    const id = await admin.submit({ ...inputs, source: 'made' });
    expect((await admin.finished(id)).status).toBe('successful');
    const direct = await new ApiUser(platform.url, admin.token).bytes(id);
    expect((await admin.bytes(id)).equals(direct)).toBe(true);
    const range = await admin.fetch(`/status/${id}/results/map.tif`, { headers: { range: 'bytes=100-199' } });
    expect(range.status).toBe(206);
    expect(Buffer.from(await range.arrayBuffer()).equals(direct.subarray(100, 200))).toBe(true);
  });

  test.each([
    ['all at once', (bytes: Buffer) => bytes],
    ['as a stream', (bytes: Buffer) => new Blob([bytes]).stream()],
  ])('a body of 50 MB, sent %s, is told in the form of all errors that it is too large', async (_, sent) => {
    const answer = await admin.fetch('/processes/crop-map/execution', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: sent(Buffer.alloc(50 * 2 ** 20, 'x')),
      duplex: 'half',
    } as RequestInit);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([413, 'application/problem+json']);
    expect(await answer.json()).toMatchObject({ status: 413, code: 'too-large', field: 'body' });
  });

  test('a body under the limit reaches the platform', async () => {
    const body = JSON.stringify({ inputs, note: 'x'.repeat(limit - 5000) });
    const answer = await admin.fetch('/processes/crop-map/execution', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
    expect([answer.status, answer.headers.has('x-request-id')]).toEqual([400, true]);
  });

  test('a caller cannot choose the address that logins are counted by', { timeout: 60_000 }, async () => {
    const tries = Array.from({ length: 32 }, async (_, i) => {
      const answer = await fetch(`${proxy}/auth/login`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'x-forwarded-for': `198.51.100.${i}`,
          forwarded: `for=10.0.0.${i}`,
        },
        body: JSON.stringify({ name: `nobody-${i}`, password: 'a wrong password' }),
      });
      return answer.status;
    });
    const statuses = await Promise.all(tries);
    expect(statuses.filter((status) => status === 401).length).toBeLessThanOrEqual(30);
    expect(statuses.filter((status) => status === 429).length).toBeGreaterThan(0);
  });
});
