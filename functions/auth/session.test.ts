import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Database } from '#shared/db/database.ts';
import { createLogger } from '#shared/http/logger.ts';
import { localKeys } from '#shared/http/remote-keys.ts';
import { verifyAccessToken } from '#shared/http/verify-token.ts';
import { eachDatabase } from '#shared/testing/databases.ts';
import { createAuthApp } from './app.ts';
import { hashPassword } from './password.ts';
import { newSigningKey, parseSigningKey, type SigningKey } from './signing-key.ts';

const password = 'correct horse battery';
const own = { 'x-geocrop-request': '1' };
const path = '/auth/session';

eachDatabase((_name, open) => {
  let db: Database;
  let key: SigningKey;
  let lines: string[];
  let publicUrl: string | undefined;

  beforeAll(async () => {
    db = open({ maxConnections: 10 });
    key = await parseSigningKey(await newSigningKey());
    const hash = await hashPassword(password);
    await db.insertInto('users').values({ name: 'ada', role: 'analyst', password_hash: hash }).execute();
  });
  beforeEach(async () => {
    await db.deleteFrom('refresh_tokens').execute();
    lines = [];
    publicUrl = undefined;
  });

  const appOf = () =>
    createAuthApp({
      db,
      key,
      issuer: 'geocrop',
      publicUrl,
      proxies: 0,
      logger: createLogger((line) => lines.push(line), { level: 'debug' }),
      version: '1',
    });

  async function send(method: string, to: string, headers: Record<string, string> = own, body?: unknown) {
    const reply = await appOf().request(to, {
      method,
      headers: { host: 'maps.example.org', ...(body ? { 'content-type': 'application/json' } : {}), ...headers },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    const text = await reply.text();
    return {
      status: reply.status,
      cookie: reply.headers.get('set-cookie'),
      body: text ? (JSON.parse(text) as Record<string, unknown>) : {},
    };
  }

  const begin = (headers: Record<string, string> = own) => send('POST', path, headers, { name: 'ada', password });
  const pairOf = (cookie: string | null) => cookie!.split(';')[0];
  const refresh = (cookie: string) => send('POST', `${path}/refresh`, { ...own, cookie });

  test('a login answers who it is, and a cookie that no script can read', async () => {
    const { status, cookie, body } = await begin();
    expect(status).toBe(200);
    expect(body).toMatchObject({ token_type: 'Bearer', expires_in: 600, user: { name: 'ada', role: 'analyst' } });
    expect(body).not.toHaveProperty('refresh_token');
    const policy = { issuer: 'geocrop', keys: localKeys({ keys: [key.publicJwk] }) };
    expect(await verifyAccessToken(body.access_token as string, policy)).toEqual(body.user);
    expect(cookie).toMatch(/^geocrop_refresh=[\w-]{43};/);
    const attributes = cookie!.split('; ').slice(1).sort();
    expect(attributes).toEqual(['HttpOnly', 'Max-Age=2592000', 'Path=/auth/session', 'SameSite=Strict']);
    expect(lines.join('')).not.toContain(pairOf(cookie).split('=')[1]);
  });

  test('over https the cookie never travels otherwise', async () => {
    publicUrl = 'https://maps.example.org';
    const { cookie } = await begin();
    expect(cookie).toMatch(/^__Secure-geocrop_refresh=/);
    expect(cookie!.split('; ')).toEqual(expect.arrayContaining(['Secure', 'HttpOnly', 'SameSite=Strict']));
    expect((await refresh(pairOf(cookie))).status).toBe(200);
  });

  test('a wrong password sets nothing', async () => {
    const answer = await send('POST', path, own, { name: 'ada', password: 'wrong' });
    expect([answer.status, answer.cookie]).toEqual([401, null]);
    await db.deleteFrom('login_failures').execute();
  });

  test('the cookie is traded for the next, and a lost answer is given again', async () => {
    const first = pairOf((await begin()).cookie);
    const lost = await refresh(first);
    const second = await refresh(first);
    expect([lost.status, second.status]).toEqual([200, 200]);
    expect(second.body.user).toMatchObject({ name: 'ada' });
    const third = await refresh(pairOf(second.cookie));
    expect(third.status).toBe(200);
    const reused = await refresh(first);
    expect([reused.status, reused.body.code]).toEqual([401, 'unauthenticated']);
    expect((await refresh(pairOf(third.cookie))).status).toBe(401);
  });

  test.each([
    ['none', {}],
    ['nonsense', { cookie: 'geocrop_refresh=x' }],
    ['a long one', { cookie: `geocrop_refresh=${'x'.repeat(5000)}` }],
    ['one that is not ours', { cookie: 'other=1' }],
  ])('a cookie that is good for nothing is taken away: %s', async (_what, cookie) => {
    const answer = await send('POST', `${path}/refresh`, { ...own, ...cookie });
    expect([answer.status, answer.body.code]).toEqual([401, 'unauthenticated']);
    expect(answer.cookie).toMatch(/^geocrop_refresh=;.*Max-Age=0/);
    expect(answer.cookie).toContain('Path=/auth/session');
  });

  test('logging out ends the login and takes the cookie away, and is no error without one', async () => {
    const cookie = pairOf((await begin()).cookie);
    const out = await send('DELETE', path, { ...own, cookie });
    expect([out.status, out.cookie]).toEqual([204, expect.stringMatching(/^geocrop_refresh=;.*Max-Age=0/)]);
    expect((await refresh(cookie)).status).toBe(401);
    expect((await send('DELETE', path)).status).toBe(204);
  });

  describe('a page of another site gets nothing', () => {
    const wrong: [string, Record<string, string>, string][] = [
      ['without the header', {}, 'X-GeoCrop-Request'],
      ['with another value of it', { 'x-geocrop-request': '0' }, 'X-GeoCrop-Request'],
      ['from another site', { ...own, 'sec-fetch-site': 'cross-site' }, 'Sec-Fetch-Site'],
      ['from a subdomain', { ...own, 'sec-fetch-site': 'same-site' }, 'Sec-Fetch-Site'],
      ['of another origin', { ...own, origin: 'https://evil.example.com' }, 'Origin'],
      ['of an origin that only begins alike', { ...own, origin: 'http://maps.example.org.evil.com' }, 'Origin'],
      ['of another port', { ...own, origin: 'http://maps.example.org:81' }, 'Origin'],
      ['of a sandbox', { ...own, origin: 'null' }, 'Origin'],
      ['of nonsense', { ...own, origin: ']' }, 'Origin'],
    ];
    const routes = [
      ['POST', path],
      ['POST', `${path}/refresh`],
      ['DELETE', path],
    ] as const;
    test.each(wrong)('%s', async (_what, headers, field) => {
      const cookie = pairOf((await begin()).cookie);
      for (const [method, to] of routes) {
        const body = to === path && method === 'POST' ? { name: 'ada', password } : undefined;
        const answer = await send(method, to, { ...headers, cookie }, body);
        expect([answer.status, answer.body.code, answer.body.field]).toEqual([403, 'forbidden', field]);
        expect(answer.cookie).toBeNull();
      }
      expect((await refresh(cookie)).status).toBe(200);
    });

    test('nor does it learn from a preflight that it may', async () => {
      const reply = await appOf().request(path, {
        method: 'OPTIONS',
        headers: { origin: 'https://evil.example.com', 'access-control-request-method': 'POST' },
      });
      expect(reply.status).toBeGreaterThanOrEqual(400);
      expect([...reply.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
    });

    test.each([
      [undefined, 'http://maps.example.org', 200],
      ['https://maps.example.org', 'https://maps.example.org', 200],
      ['https://maps.example.org', 'http://maps.example.org', 403],
      ['https://crops.example.org', 'https://maps.example.org', 403],
      ['http://127.0.0.1:8080', 'http://maps.example.org', 200],
    ])('of a deployment at %s the origin %s: %d', async (url, origin, status) => {
      publicUrl = url;
      expect((await begin({ ...own, origin, 'sec-fetch-site': 'same-origin' })).status).toBe(status);
    });
  });
});
