import { createPublicKey, generateKeyPairSync, verify, type JsonWebKeyInput } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { signAccessToken } from './access-token.ts';
import { loadSigningKey, newSigningKey, parseSigningKey } from './signing-key.ts';

const user = { id: '0b4f7a52-93f5-4d0c-8a3e-6a3c5d2f1e00', name: 'ada', role: 'analyst' } as const;
const decode = (part: string): Record<string, unknown> => JSON.parse(Buffer.from(part, 'base64url').toString());

describe('the signing key', () => {
  test('signs tokens that node:crypto verifies with the public part', async () => {
    const key = await parseSigningKey(await newSigningKey());
    const [head, body, signature] = (await signAccessToken(user, key, 'geocrop')).split('.');
    const publicKey = createPublicKey({ key: key.publicJwk as JsonWebKeyInput['key'], format: 'jwk' });
    expect(verify(null, Buffer.from(`${head}.${body}`), publicKey, Buffer.from(signature, 'base64url'))).toBe(true);
    expect(decode(head)).toEqual({ alg: 'EdDSA', typ: 'at+jwt', kid: key.kid });
    const claims = decode(body);
    expect(claims).toMatchObject({ iss: 'geocrop', aud: 'geocrop', sub: user.id, name: 'ada', role: 'analyst' });
    expect(Number(claims.exp) - Number(claims.iat)).toBe(600);
    expect(claims.jti).toMatch(/^[0-9a-f-]{36}$/);
  });

  test('never shows its private part', async () => {
    const key = await parseSigningKey(await newSigningKey());
    expect(Object.keys(key.publicJwk).sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x']);
  });

  test('takes a key that another tool made, and names it by its RFC 7638 thumbprint', async () => {
    // RFC 8037, appendix A: the example key and its thumbprint.
    const jwk = {
      kty: 'OKP',
      crv: 'Ed25519',
      d: 'nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A',
      x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo',
    };
    expect((await parseSigningKey(JSON.stringify(jwk))).kid).toBe('kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k');
  });

  test.each([
    ['not JSON', 'secret-words'],
    ['a public key', JSON.stringify(generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' }))],
    [
      'another curve',
      JSON.stringify(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' })),
    ],
    ['a number', '5'],
  ])('refuses %s without showing it', async (_name, text) => {
    await expect(parseSigningKey(text)).rejects.toThrow(/^the signing key must be a private Ed25519 key/);
    await expect(parseSigningKey(text)).rejects.not.toThrow('secret-words');
  });

  test('comes from the environment first, then from the file', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'geocrop-key-'));
    const signingKeyFile = join(folder, 'key.json');
    const [inFile, given] = [await newSigningKey(), await newSigningKey()];
    await expect(loadSigningKey({ signingKey: undefined, signingKeyFile })).rejects.toThrow(
      'there is no signing key at',
    );
    await writeFile(signingKeyFile, inFile, { mode: 0o600 });
    expect((await loadSigningKey({ signingKey: undefined, signingKeyFile })).kid).toBe(JSON.parse(inFile).kid);
    expect((await loadSigningKey({ signingKey: given, signingKeyFile })).kid).toBe(JSON.parse(given).kid);
    await rm(folder, { recursive: true });
  });
});
