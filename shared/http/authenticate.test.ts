import { createHmac, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { authenticate, requireRole } from './authenticate.ts';
import { createApp } from './create-app.ts';
import { createLogger } from './logger.ts';
import { localKeys } from './remote-keys.ts';

type Claims = Record<string, unknown>;

const ours = generateKeyPairSync('ed25519');
const theirs = generateKeyPairSync('ed25519');
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });

const jwk = (key: KeyObject, kid: string) => ({ ...key.export({ format: 'jwk' }), kid, alg: 'EdDSA', use: 'sig' });
const policy = { issuer: 'geocrop', keys: localKeys({ keys: [jwk(ours.publicKey, 'k1')] }) };

const now = Math.floor(Date.now() / 1000);
const id = '0b4f7a52-93f5-4d0c-8a3e-6a3c5d2f1e00';
const header = { alg: 'EdDSA', typ: 'at+jwt', kid: 'k1' };
const claims = {
  iss: 'geocrop',
  aud: 'geocrop',
  sub: id,
  name: 'ada',
  role: 'analyst',
  iat: now,
  exp: now + 600,
  jti: id,
};

const encode = (part: unknown): string =>
  Buffer.from(typeof part === 'string' ? part : JSON.stringify(part)).toString('base64url');
const signWith = (key: KeyObject, input: string): string => sign(null, Buffer.from(input), key).toString('base64url');

/** A token signed by `key`, written without the library that checks it. */
function token(head: unknown = header, body: unknown = claims, key: KeyObject = ours.privateKey): string {
  const input = `${encode(head)}.${encode(body)}`;
  return `${input}.${signWith(key, input)}`;
}

const without = (name: keyof typeof claims): Claims =>
  Object.fromEntries(Object.entries(claims).filter(([key]) => key !== name));
const claim = (change: Claims): string => token(header, { ...claims, ...change });
const head = (change: Claims): string => token({ ...header, ...change });

function hmac(key: string | Buffer): string {
  const input = `${encode({ ...header, alg: 'HS256' })}.${encode(claims)}`;
  return `${input}.${createHmac('sha256', key).update(input).digest('base64url')}`;
}

const [honestHead, honestBody, honestSignature] = token().split('.');
const publicPem = ours.publicKey.export({ type: 'spki', format: 'pem' });
const publicRaw = Buffer.from(ours.publicKey.export({ format: 'jwk' }).x ?? '', 'base64url');
const adminBody = encode({ ...claims, role: 'admin' });

/** The last character of a signature carries four bits that mean nothing: the same bytes, another spelling. */
function respelled(signature: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  return signature.slice(0, -1) + alphabet[alphabet.indexOf(signature.at(-1) ?? '') ^ 1];
}

function withOrder(signature: string): string {
  const order = 2n ** 252n + 27742317777372353535851937790883648493n;
  const bytes = Buffer.from(signature, 'base64url');
  const s = BigInt(`0x${Buffer.from(bytes.subarray(32)).reverse().toString('hex')}`) + order;
  const larger = Buffer.from(s.toString(16).padStart(64, '0'), 'hex').reverse();
  return Buffer.concat([bytes.subarray(0, 32), larger]).toString('base64url');
}

/** Of a token whose signature the two alphabets spell differently, which one in fifteen does not. */
function inBase64(): string {
  for (let jti = 0; ; jti++) {
    const [head, body, signature] = claim({ jti: `other-${jti}` }).split('.');
    if (/[-_]/.test(signature)) return `${head}.${body}.${signature.replaceAll('-', '+').replaceAll('_', '/')}`;
  }
}

const forgeries: Record<string, string> = {
  'alg none, no signature': `${encode({ ...header, alg: 'none' })}.${honestBody}.`,
  'alg none, its signature kept': `${encode({ ...header, alg: 'none' })}.${honestBody}.${honestSignature}`,
  'alg None': `${encode({ ...header, alg: 'None' })}.${honestBody}.`,
  'alg NONE': `${encode({ ...header, alg: 'NONE' })}.${honestBody}.`,
  'alg missing': token({ typ: 'at+jwt', kid: 'k1' }),
  'alg a list': head({ alg: ['EdDSA'] }),
  'alg Ed25519': head({ alg: 'Ed25519' }),
  'alg in another case': head({ alg: 'eddsa' }),
  'HS256 with the public key as PEM': hmac(publicPem),
  'HS256 with the public key as bytes': hmac(publicRaw),
  'HS256 with the public key as JWK': hmac(JSON.stringify(jwk(ours.publicKey, 'k1'))),
  'HS256 with the empty key': hmac(''),
  'RS256 with another key': token({ ...header, alg: 'RS256' }, claims, rsa.privateKey),
  'ES256 with another key': token({ ...header, alg: 'ES256' }, claims, ec.privateKey),
  'another Ed25519 key': token(header, claims, theirs.privateKey),
  'another kid': head({ kid: 'k2' }),
  'no kid': token({ alg: 'EdDSA', typ: 'at+jwt' }),
  'empty kid': head({ kid: '' }),
  'kid that is a path': head({ kid: '../../dev/null' }),
  'kid that is SQL': head({ kid: "k1' OR '1'='1" }),
  'kid a number': head({ kid: 1 }),
  'typ JWT': head({ typ: 'JWT' }),
  'typ missing': token({ alg: 'EdDSA', kid: 'k1' }),
  'typ refresh': head({ typ: 'rt+jwt' }),
  'jku to another key set': token({ ...header, jku: 'https://evil.example/jwks.json' }, claims, theirs.privateKey),
  'jku, well signed': head({ jku: 'https://evil.example/jwks.json' }),
  'x5u to another certificate': token({ ...header, x5u: 'https://evil.example/c.pem' }, claims, theirs.privateKey),
  'x5c in the header': head({ x5c: ['MIIB'] }),
  'jwk in the header': token({ ...header, jwk: jwk(theirs.publicKey, 'k1') }, claims, theirs.privateKey),
  'crit of something unknown': head({ crit: ['exp'], exp: now }),
  'b64 false': head({ b64: false, crit: ['b64'] }),
  zip: head({ zip: 'DEF' }),
  expired: claim({ exp: now - 60, iat: now - 660 }),
  'no exp': token(header, without('exp')),
  'exp a text': claim({ exp: String(now + 600) }),
  'exp in ten years, issued long ago': claim({ iat: now - 7200, exp: now + 3e8 }),
  'nbf in the future': claim({ nbf: now + 300 }),
  'iat in the future': claim({ iat: now + 300, exp: now + 600 }),
  'no iat': token(header, without('iat')),
  'another issuer': claim({ iss: 'https://evil.example' }),
  'no issuer': token(header, without('iss')),
  'another audience': claim({ aud: 'mlflow' }),
  'no audience': token(header, without('aud')),
  'an audience that holds ours within a word': claim({ aud: 'geocrop-dev' }),
  'empty sub': claim({ sub: '' }),
  'no sub': token(header, without('sub')),
  'sub not a uuid': claim({ sub: 'admin' }),
  'sub a list': claim({ sub: [id] }),
  'no name': token(header, without('name')),
  'name not a name': claim({ name: '<script>' }),
  'no role': token(header, without('role')),
  'role unknown': claim({ role: 'root' }),
  'role a list': claim({ role: ['admin'] }),
  'no jti': token(header, without('jti')),
  'role changed, signature kept': `${honestHead}.${adminBody}.${honestSignature}`,
  'header changed, signature kept': `${encode({ ...header, extra: 1 })}.${honestBody}.${honestSignature}`,
  'role twice in the text, signature kept': `${honestHead}.${encode(`${JSON.stringify(claims).slice(0, -1)},"role":"admin"}`)}.${honestSignature}`,
  'alg twice in the text': `${encode('{"alg":"EdDSA","typ":"at+jwt","kid":"k1","alg":"none"}')}.${honestBody}.`,
  'signature cut': `${honestHead}.${honestBody}.${honestSignature.slice(0, -10)}`,
  'signature of one byte': `${honestHead}.${honestBody}.AA`,
  'signature empty': `${honestHead}.${honestBody}.`,
  'signature of zeros': `${honestHead}.${honestBody}.${'A'.repeat(86)}`,
  'signature longer': `${honestHead}.${honestBody}.${honestSignature}AAAA`,
  'signature of another token': `${honestHead}.${honestBody}.${claim({ jti: 'x' }).split('.')[2]}`,
  'signature with the order of the curve added': `${honestHead}.${honestBody}.${withOrder(honestSignature)}`,
  'signature spelled otherwise': `${honestHead}.${honestBody}.${respelled(honestSignature)}`,
  'signature padded': `${token()}==`,
  'base64 instead of base64url': inBase64(),
  'white space inside': `${honestHead}. ${honestBody}.${honestSignature}`,
  'two parts': `${honestHead}.${honestBody}`,
  'four parts': `${token()}.AAAA`,
  'five parts, as if encrypted': `${encode({ alg: 'dir', enc: 'A256GCM' })}..AAAA.AAAA.AAAA`,
  'payload not JSON': token(header, 'hello'),
  'payload a list': token(header, [claims]),
  'payload null': token(header, 'null'),
  'nested token': token({ ...header, cty: 'JWT' }, token()),
  'header not JSON': `${encode('hello')}.${honestBody}.${honestSignature}`,
  'header null': token('null'),
  'header with __proto__': token('{"__proto__":{"alg":"EdDSA"},"typ":"at+jwt","kid":"k1"}'),
  'deep payload': token(header, `${'['.repeat(500)}${']'.repeat(500)}`),
  'giant, well signed': claim({ padding: 'x'.repeat(3000) }),
  'only dots': '..',
  'a word': 'admin',
};

function protectedApp() {
  const app = createApp({ name: 'test', version: '1', logger: createLogger(() => undefined) });
  app.use('/me', authenticate(policy));
  app.get('/me', (c) => c.json(c.var.user));
  app.use('/admin', authenticate(policy), requireRole('admin'));
  app.get('/admin', (c) => c.json({}));
  return app;
}

const ask = (authorization?: string, path = '/me') =>
  protectedApp().request(path, { headers: authorization === undefined ? {} : { authorization } });

describe('authenticate', () => {
  test('takes an honest token and knows its user', async () => {
    const reply = await ask(`Bearer ${token()}`);
    expect(reply.status).toBe(200);
    expect(await reply.json()).toEqual({ id, name: 'ada', role: 'analyst' });
    expect((await ask(`bearer ${token()}`)).status).toBe(200);
  });

  test('has at least 40 forgeries to refuse', () => {
    expect(Object.keys(forgeries).length).toBeGreaterThanOrEqual(40);
    expect(new Set(Object.values(forgeries)).size).toBe(Object.keys(forgeries).length);
  });

  test.each(Object.entries(forgeries))('refuses: %s', async (_name, forged) => {
    const reply = await ask(`Bearer ${forged}`);
    expect(reply.status).toBe(401);
    expect(reply.headers.get('content-type')).toBe('application/problem+json');
    expect(reply.headers.get('www-authenticate')).toMatch(/^Bearer realm="geocrop"/);
    expect(await reply.json()).toMatchObject({ code: 'unauthenticated', field: 'Authorization' });
  });

  test.each([
    ['nothing', undefined],
    ['another scheme', `Basic ${Buffer.from('a:b').toString('base64')}`],
    ['no token', 'Bearer'],
    ['two tokens', `Bearer ${token()}, Bearer ${token()}`],
    ['the token alone', token()],
  ])('refuses a header with %s', async (_name, authorization) => {
    expect((await ask(authorization)).status).toBe(401);
  });

  test('tells that a token is too old, and nothing about the others', async () => {
    const detail = async (forged: string) =>
      ((await (await ask(`Bearer ${forged}`)).json()) as { detail: string }).detail;
    expect(await detail(forgeries.expired)).toContain('expired');
    const words = await Promise.all(
      ['another kid', 'another issuer', 'signature cut'].map((name) => detail(forgeries[name])),
    );
    expect(new Set(words).size).toBe(1);
  });

  test('accepts a few seconds of a clock that goes wrong, no more', async () => {
    expect((await ask(`Bearer ${claim({ exp: now - 2, iat: now - 500 })}`)).status).toBe(200);
    expect((await ask(`Bearer ${claim({ exp: now - 30, iat: now - 500 })}`)).status).toBe(401);
  });
});

describe('requireRole', () => {
  test('403 for a user of another role, 200 for an admin', async () => {
    const analyst = await ask(`Bearer ${token()}`, '/admin');
    expect([analyst.status, ((await analyst.json()) as { code: string }).code]).toEqual([403, 'forbidden']);
    expect((await ask(`Bearer ${claim({ role: 'admin' })}`, '/admin')).status).toBe(200);
  });
});
