import { sql } from 'kysely';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Database } from '#shared/db/database.ts';
import type { Role } from '#shared/domain/user.ts';
import { createLogger } from '#shared/http/logger.ts';
import { localKeys } from '#shared/http/remote-keys.ts';
import { verifyAccessToken } from '#shared/http/verify-token.ts';
import { eachDatabase } from '#shared/testing/databases.ts';
import { createAuthApp } from './app.ts';
import { loginLimits } from './login-limit.ts';
import { hashPassword } from './password.ts';
import { newSigningKey, parseSigningKey, type SigningKey } from './signing-key.ts';
import { ensureFirstAdmin, updateUser } from './users.ts';

const password = 'correct horse battery';
const wrong = 'incorrect horse';

interface Answer {
  status: number;
  headers: Headers;
  body: Record<string, string> & { users?: Record<string, unknown>[] };
}

eachDatabase((_name, open) => {
  let db: Database;
  let key: SigningKey;
  let hash: string;
  let lines: string[];
  let app: ReturnType<typeof createAuthApp>;

  beforeAll(async () => {
    db = open({ maxConnections: 20 });
    key = await parseSigningKey(await newSigningKey());
    hash = await hashPassword(password);
  });

  beforeEach(async () => {
    for (const table of ['login_failures', 'refresh_tokens', 'users'] as const) await db.deleteFrom(table).execute();
    lines = [];
    const logger = createLogger((line) => lines.push(line), { level: 'debug' });
    app = createAuthApp({ db, key, issuer: 'geocrop', proxies: 1, logger, version: '1' });
    await addUser('ada', 'analyst');
  });

  const addUser = async (name: string, role: Role): Promise<void> => {
    await db.insertInto('users').values({ name, role, password_hash: hash }).execute();
  };

  async function send(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    const init = body === undefined ? {} : { body: JSON.stringify(body) };
    const reply = await app.request(path, {
      method,
      ...init,
      headers: { 'content-type': 'application/json', ...headers },
    });
    const text = await reply.text();
    return { status: reply.status, headers: reply.headers, body: text ? JSON.parse(text) : {} };
  }

  const logIn = (name: string, secret = password, address = '203.0.113.1') =>
    send('POST', '/auth/login', { name, password: secret }, { 'x-forwarded-for': address });
  const refresh = (token: string) => send('POST', '/auth/refresh', { refresh_token: token });
  const tokenOf = async (name: string): Promise<string> => (await logIn(name)).body.access_token;
  const as = async (name: string) => ({ authorization: `Bearer ${await tokenOf(name)}` });
  const countOf = (answers: Answer[], status: number): number =>
    answers.filter((answer) => answer.status === status).length;
  const times = <T>(n: number, make: (i: number) => Promise<T>): Promise<T[]> =>
    Promise.all(Array.from({ length: n }, (_, i) => make(i)));

  describe('logging in', () => {
    test('gives tokens that the other functions accept, and that no cache keeps', async () => {
      const { status, headers, body } = await logIn('ada');
      expect(status).toBe(200);
      expect(headers.get('cache-control')).toBe('no-store');
      expect(body).toMatchObject({ token_type: 'Bearer', expires_in: 600, refresh_expires_in: 30 * 86_400 });
      const { body: keys } = await send('GET', '/.well-known/jwks.json');
      const policy = { issuer: 'geocrop', keys: localKeys(keys as never) };
      expect(await verifyAccessToken(body.access_token, policy)).toMatchObject({ name: 'ada', role: 'analyst' });
    });

    test('answers the same to a wrong password, an unknown name and a disabled account', async () => {
      await addUser('off', 'analyst');
      await db.updateTable('users').set({ disabled: true }).where('name', '=', 'off').execute();
      const answers = [await logIn('ada', wrong), await logIn('nobody'), await logIn('off')];
      expect(answers.map(({ status }) => status)).toEqual([401, 401, 401]);
      const told = answers.map(({ body: { requestId: _id, ...rest } }) => JSON.stringify(rest));
      expect(new Set(told).size).toBe(1);
    });

    test('does the same work for an unknown name as for a wrong password', async () => {
      await logIn('ada');
      // Processor time, not the clock's: what else the machine does must not count. The least of several is the work.
      const least = { ada: Infinity, nobody: Infinity };
      for (let i = 0; i < 8; i++)
        for (const name of ['ada', 'nobody'] as const) {
          await db.deleteFrom('login_failures').execute();
          const start = process.cpuUsage();
          await logIn(name, wrong);
          const { user, system } = process.cpuUsage(start);
          least[name] = Math.min(least[name], user + system);
        }
      expect(least.nobody / least.ada).toBeGreaterThan(0.5);
      expect(least.nobody / least.ada).toBeLessThan(2);
    });

    test.each([
      ['name', { name: 'A B', password }],
      ['name', { name: 'a\0b', password }],
      ['name', { password }],
      ['password', { name: 'ada', password: 'x'.repeat(201) }],
      ['password', { name: 'ada', password: 7 }],
      ['admin', { name: 'ada', password, admin: true }],
    ])('names the wrong field: %s', async (field, body) => {
      const answer = await send('POST', '/auth/login', body);
      expect(answer.status).toBe(400);
      expect(answer.headers.get('content-type')).toBe('application/problem+json');
      expect(answer.body).toMatchObject({ code: 'invalid-request', field });
    });

    test('a body of 50 MB is 413 before it has been read', async () => {
      let pulled = 0;
      const body = new ReadableStream({
        pull(controller) {
          pulled += 65_536;
          if (pulled > 50 * 2 ** 20) controller.close();
          else controller.enqueue(new Uint8Array(65_536));
        },
      });
      const init = {
        method: 'POST',
        body,
        duplex: 'half',
        headers: { 'content-type': 'application/json' },
      } as RequestInit;
      const reply = await app.request('/auth/login', init);
      expect([reply.status, reply.headers.get('content-type')]).toEqual([413, 'application/problem+json']);
      expect(pulled).toBeLessThan(2 ** 20);
    });

    test('writes no secret to the log', async () => {
      const { body } = await logIn('ada');
      await logIn('ada', wrong);
      await refresh(body.refresh_token);
      await send('GET', '/auth/me', undefined, { authorization: `Bearer ${body.access_token}` });
      const log = lines.join('');
      expect(log).toContain('User:LogIn');
      for (const secret of [password, wrong, body.access_token, body.refresh_token, hash])
        expect(log).not.toContain(secret);
    });
  });

  describe('the limit of failed logins', () => {
    const failures = async (subject: string): Promise<number> =>
      (await db.selectFrom('login_failures').select('id').where('subject', '=', subject).execute()).length;

    test('refuses a name after five, even with the right password, and says when to come again', async () => {
      for (let i = 0; i < loginLimits.perName; i++) expect((await logIn('ada', wrong)).status).toBe(401);
      const answer = await logIn('ada');
      expect(answer.status).toBe(429);
      expect(answer.body).toMatchObject({ code: 'rate-limited' });
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(880);
      expect(Number(answer.headers.get('retry-after'))).toBeLessThanOrEqual(900);
      expect(answer.headers.get('ratelimit')).toMatch(/^"login";r=0;t=\d+$/);
      await addUser('bob', 'analyst');
      expect((await logIn('bob')).status).toBe(200);
    });

    test('tries that are refused delay nothing', async () => {
      for (let i = 0; i < 9; i++) await logIn('ada', wrong);
      expect(await failures('name:ada')).toBe(loginLimits.perName);
      await db
        .updateTable('login_failures')
        .set({ at: sql<Date>`now() - interval '16 minutes'` })
        .execute();
      expect((await logIn('ada')).status).toBe(200);
    });

    test('a success clears the failures of the name', async () => {
      for (let i = 0; i < 4; i++) await logIn('ada', wrong);
      expect((await logIn('ada')).status).toBe(200);
      expect(await failures('name:ada')).toBe(0);
      for (let i = 0; i < 4; i++) expect((await logIn('ada', wrong)).status).toBe(401);
    });

    test('refuses an address after thirty, whatever the names', async () => {
      const subject = 'address:203.0.113.1';
      await db
        .insertInto('login_failures')
        .values(Array.from({ length: loginLimits.perAddress }, () => ({ subject })))
        .execute();
      expect((await logIn('ada')).status).toBe(429);
      expect((await logIn('ada', password, '203.0.113.2')).status).toBe(200);
    });

    test('fifty wrong tries at once: no more than five are looked at', async () => {
      const answers = await times(50, () => logIn('ada', wrong));
      expect(countOf(answers, 401)).toBeLessThanOrEqual(loginLimits.perName);
      expect(countOf(answers, 401)).toBeGreaterThan(0);
      expect(countOf(answers, 401) + countOf(answers, 429)).toBe(50);
    });

    test('twenty right ones at once all pass', async () => {
      expect(countOf(await times(20, () => logIn('ada')), 200)).toBe(20);
    });
  });

  describe('refreshing', () => {
    const live = async (): Promise<number> =>
      (
        await db
          .selectFrom('refresh_tokens')
          .select('id')
          .where('used_at', 'is', null)
          .where('revoked_at', 'is', null)
          .execute()
      ).length;

    test('gives new tokens, once for each', async () => {
      const first = (await logIn('ada')).body.refresh_token;
      const second = await refresh(first);
      expect(second.status).toBe(200);
      expect(second.body.refresh_token).not.toBe(first);
      expect((await refresh(second.body.refresh_token)).status).toBe(200);
    });

    test('an answer that was lost is given again, as often as it is lost, and what it brought before is worth nothing', async () => {
      const first = (await logIn('ada')).body.refresh_token;
      const lost = [await refresh(first), await refresh(first)];
      const third = await refresh(first);
      expect([...lost, third].map(({ status }) => status)).toEqual([200, 200, 200]);
      expect(await live()).toBe(1);
      expect((await refresh(third.body.refresh_token)).status).toBe(200);
    });

    test('a token whose successor was used ends its whole family, and no other', async () => {
      const other = (await logIn('ada')).body.refresh_token;
      const first = (await logIn('ada')).body.refresh_token;
      const second = (await refresh(first)).body.refresh_token;
      const third = (await refresh(second)).body.refresh_token;
      const reused = await refresh(first);
      expect([reused.status, reused.body.code, reused.body.field]).toEqual([401, 'unauthenticated', 'refresh_token']);
      expect((await refresh(third)).status).toBe(401);
      expect(await live()).toBe(1);
      expect((await refresh(other)).status).toBe(200);
    });

    test('a thief who comes before the owner is found out when the owner comes', async () => {
      const stolen = (await logIn('ada')).body.refresh_token;
      const thiefs = (await refresh(stolen)).body.refresh_token;
      const owners = await refresh(stolen);
      expect(owners.status).toBe(200);
      expect((await refresh(thiefs)).status).toBe(401);
      expect(await live()).toBe(0);
      expect((await refresh(owners.body.refresh_token)).status).toBe(401);
    });

    test('a thief who goes on before the owner comes ends with the owner', async () => {
      const stolen = (await logIn('ada')).body.refresh_token;
      const thiefs = (await refresh((await refresh(stolen)).body.refresh_token)).body.refresh_token;
      expect((await refresh(stolen)).status).toBe(401);
      expect((await refresh(thiefs)).status).toBe(401);
      expect(await live()).toBe(0);
    });

    test('a thief who comes after the owner, with a token that the owner has traded on, ends nothing but the login', async () => {
      const first = (await logIn('ada')).body.refresh_token;
      const second = (await refresh(first)).body.refresh_token;
      await refresh(second);
      expect((await refresh(first)).status).toBe(401);
      expect(await live()).toBe(0);
    });

    test('a successor that was revoked is not replaced: a login that is over stays over', async () => {
      const first = (await logIn('ada')).body.refresh_token;
      const second = (await refresh(first)).body.refresh_token;
      await send('POST', '/auth/logout', { refresh_token: second });
      expect((await refresh(first)).status).toBe(401);
      expect(await live()).toBe(0);
    });

    test('two at once with one token, as two tabs do: both are served, one token is left', async () => {
      for (let round = 0; round < 5; round++) {
        await db.deleteFrom('refresh_tokens').execute();
        const token = (await logIn('ada')).body.refresh_token;
        const answers = await times(2, () => refresh(token));
        expect(countOf(answers, 200)).toBe(2);
        expect(await live()).toBe(1);
      }
    });

    test('twenty at once with one token: all are served, one token is left', async () => {
      const token = (await logIn('ada')).body.refresh_token;
      const answers = await times(20, () => refresh(token));
      expect(countOf(answers, 200)).toBe(20);
      expect(await live()).toBe(1);
    });

    test('no token is born while its family ends', async () => {
      for (let round = 0; round < 8; round++) {
        const first = (await logIn('ada')).body.refresh_token;
        const second = (await refresh(first)).body.refresh_token;
        // Whichever comes first: a used successor ends the family, and so does one that was replaced.
        await Promise.all([refresh(first), refresh(second), refresh(first)]);
        expect(await live()).toBe(0);
      }
    });

    test.each(['', 'a', 'x\0y', 'ä'.repeat(50), 'A'.repeat(43)])('%j is no token', async (token) => {
      expect([400, 401]).toContain((await refresh(token)).status);
    });

    test('an expired token is refused', async () => {
      const token = (await logIn('ada')).body.refresh_token;
      await db
        .updateTable('refresh_tokens')
        .set({ expires_at: sql<Date>`now() - interval '1 second'` })
        .execute();
      expect((await refresh(token)).status).toBe(401);
    });

    test('logging out ends the family, and tells nothing of unknown tokens', async () => {
      const first = (await logIn('ada')).body.refresh_token;
      const second = (await refresh(first)).body.refresh_token;
      expect((await send('POST', '/auth/logout', { refresh_token: second })).status).toBe(204);
      expect((await refresh(second)).status).toBe(401);
      expect((await send('POST', '/auth/logout', { refresh_token: 'unknown' })).status).toBe(204);
    });

    test('the database holds no token that could be used', async () => {
      const token = (await logIn('ada')).body.refresh_token;
      const rows = await db.selectFrom('refresh_tokens').selectAll().execute();
      expect(rows).toHaveLength(1);
      expect(JSON.stringify(rows)).not.toContain(token);
      expect(Buffer.from(rows[0].token_hash as Uint8Array).includes(token)).toBe(false);
    });
  });

  describe('accounts', () => {
    beforeEach(() => addUser('root', 'admin'));

    test('everybody sees themselves', async () => {
      const { status, body } = await send('GET', '/auth/me', undefined, await as('ada'));
      expect(status).toBe(200);
      expect(body).toMatchObject({ name: 'ada', role: 'analyst', disabled: false });
      expect(JSON.stringify(body)).not.toContain('argon2');
    });

    test.each([
      ['GET', '/auth/users'],
      ['POST', '/auth/users'],
      ['PATCH', '/auth/users/ada'],
    ])('%s %s is for admins only', async (method, path) => {
      const body = method === 'GET' ? undefined : {};
      expect((await send(method, path, body)).status).toBe(401);
      expect((await send(method, path, body, await as('ada'))).status).toBe(403);
    });

    test('an admin makes accounts that can log in, one for each name', async () => {
      const admin = await as('root');
      const eve = { name: 'eve', password: 'a long passphrase', role: 'recruiter' };
      const made = await send('POST', '/auth/users', eve, admin);
      expect([made.status, made.headers.get('location')]).toEqual([201, '/auth/users/eve']);
      expect((await logIn('eve', eve.password)).status).toBe(200);
      expect((await send('POST', '/auth/users', eve, admin)).body).toMatchObject({
        status: 409,
        code: 'conflict',
        field: 'name',
      });
    });

    test.each([
      ['password', { name: 'eve', password: 'too short', role: 'analyst' }],
      ['password', { name: 'eve', password: 'x'.repeat(201), role: 'analyst' }],
      ['name', { name: 'Eve!', password, role: 'analyst' }],
      ['name', { name: `e${'x'.repeat(64)}`, password, role: 'analyst' }],
      ['role', { name: 'eve', password, role: 'root' }],
      ['id', { name: 'eve', password, role: 'analyst', id: '1' }],
    ])('names the wrong field of a new account: %s', async (field, body) => {
      expect((await send('POST', '/auth/users', body, await as('root'))).body).toMatchObject({ status: 400, field });
    });

    test('lists accounts by name in pages', async () => {
      const admin = await as('root');
      for (const name of ['bob', 'cyd']) await addUser(name, 'analyst');
      const first = await send('GET', '/auth/users?limit=3', undefined, admin);
      expect(first.body.users?.map(({ name }) => name)).toEqual(['ada', 'bob', 'cyd']);
      expect(first.body.next).toBe('cyd');
      const second = await send('GET', '/auth/users?limit=3&after=cyd', undefined, admin);
      expect(second.body.users?.map(({ name }) => name)).toEqual(['root']);
      expect(second.body.next).toBeNull();
      expect((await send('GET', '/auth/users?after=a%00b', undefined, admin)).body).toMatchObject({
        status: 400,
        field: 'after',
      });
      expect((await send('GET', '/auth/users?limit=5000', undefined, admin)).body).toMatchObject({
        status: 400,
        field: 'limit',
      });
    });

    test('a disabled account is out: no login, no refresh, no /auth/me, and what was revoked stays so', async () => {
      const [admin, ada] = [await as('root'), await logIn('ada')];
      expect((await send('PATCH', '/auth/users/ada', { disabled: true }, admin)).body).toMatchObject({
        disabled: true,
      });
      expect((await logIn('ada')).status).toBe(401);
      expect((await refresh(ada.body.refresh_token)).status).toBe(401);
      const bearer = { authorization: `Bearer ${ada.body.access_token}` };
      expect((await send('GET', '/auth/me', undefined, bearer)).status).toBe(401);
      await send('PATCH', '/auth/users/ada', { disabled: false }, admin);
      expect((await refresh(ada.body.refresh_token)).status).toBe(401);
      expect((await logIn('ada')).status).toBe(200);
    });

    test('an account disabled behind our back cannot refresh either', async () => {
      const token = (await logIn('ada')).body.refresh_token;
      await db.updateTable('users').set({ disabled: true }).where('name', '=', 'ada').execute();
      expect((await refresh(token)).status).toBe(401);
    });

    test('a new password ends the old logins', async () => {
      const [admin, token] = [await as('root'), (await logIn('ada')).body.refresh_token];
      await send('PATCH', '/auth/users/ada', { password: 'another passphrase' }, admin);
      expect((await refresh(token)).status).toBe(401);
      expect((await logIn('ada')).status).toBe(401);
      expect((await logIn('ada', 'another passphrase')).status).toBe(200);
    });

    test('an admin who is none any more manages nothing, though the token still says so', async () => {
      await addUser('root2', 'admin');
      const [admin, other] = [await as('root'), await as('root2')];
      expect((await send('PATCH', '/auth/users/root2', { role: 'analyst' }, admin)).status).toBe(200);
      expect((await send('GET', '/auth/users', undefined, other)).status).toBe(403);
    });

    test.each([
      ['disabled', { disabled: true }],
      ['made an analyst', { role: 'analyst' }],
    ])('the last admin cannot be %s', async (_name, change) => {
      const answer = await send('PATCH', '/auth/users/root', change, await as('root'));
      expect([answer.status, answer.body.code]).toEqual([409, 'conflict']);
      expect((await logIn('root')).status).toBe(200);
    });

    test('two admins who remove each other at once: one stays', async () => {
      await addUser('root2', 'admin');
      for (let round = 0; round < 10; round++) {
        const ends = [updateUser(db, 'root2', { disabled: true }), updateUser(db, 'root', { role: 'analyst' })];
        const results = await Promise.allSettled(ends);
        expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
        await db.updateTable('users').set({ role: 'admin', disabled: false }).where('name', 'like', 'root%').execute();
      }
    });

    test('a change must name an account and something to change', async () => {
      const admin = await as('root');
      expect((await send('PATCH', '/auth/users/nobody', { disabled: true }, admin)).status).toBe(404);
      expect((await send('PATCH', '/auth/users/ada', {}, admin)).body).toMatchObject({ status: 400, field: 'body' });
      expect((await send('PATCH', '/auth/users/ada', { name: 'bob' }, admin)).body).toMatchObject({
        status: 400,
        field: 'name',
      });
    });
  });

  describe('the first admin', () => {
    test('is made where there is nobody, by one of many who try', async () => {
      await db.deleteFrom('users').execute();
      const made = (await times(4, () => ensureFirstAdmin(db))).filter((admin) => admin !== null);
      expect(made).toHaveLength(1);
      expect(made[0].password.length).toBeGreaterThanOrEqual(20);
      expect((await logIn(made[0].name, made[0].password)).status).toBe(200);
    });

    test('is not made where there is somebody', async () => {
      expect(await ensureFirstAdmin(db)).toBeNull();
    });

    test('takes the password of a Secret', async () => {
      await db.deleteFrom('users').execute();
      expect(await ensureFirstAdmin(db, 'given by a secret')).toEqual({ name: 'admin', password: 'given by a secret' });
      expect((await logIn('admin', 'given by a secret')).status).toBe(200);
    });
  });

  describe('the documents', () => {
    test('the key set may be cached and holds no private key', async () => {
      const { headers, body } = await send('GET', '/.well-known/jwks.json');
      expect(headers.get('cache-control')).toBe('public, max-age=300');
      expect(JSON.stringify(body)).not.toContain('"d"');
    });

    test('the OpenAPI document lists every route with its problems', async () => {
      const reply = await app.request('/openapi.json');
      const { openapi, paths } = (await reply.json()) as {
        openapi: string;
        paths: Record<string, Record<string, unknown>>;
      };
      expect(openapi).toBe('3.1.0');
      expect(Object.entries(paths).map(([path, item]) => `${Object.keys(item).join()} ${path}`)).toEqual([
        'get /.well-known/jwks.json',
        'post /auth/login',
        'post /auth/refresh',
        'post /auth/logout',
        'post,delete /auth/session',
        'post /auth/session/refresh',
        'get /auth/me',
        'get,post /auth/users',
        'patch /auth/users/{name}',
      ]);
    });
  });
});
