import { readFile } from 'node:fs/promises';
import { calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK, type CryptoKey, type JWK } from 'jose';
import { z } from 'zod';
import { accessToken } from '#shared/domain/user-token.ts';

export interface SigningKey {
  kid: string;
  privateKey: CryptoKey;
  /** What the key set shows: never the private part. */
  publicJwk: JWK;
}

const base64url32 = z.string().regex(/^[A-Za-z0-9_-]{43}$/, 'must be 32 bytes in base64url');
const jwkSchema = z.object({
  kty: z.literal('OKP'),
  crv: z.literal('Ed25519'),
  x: base64url32,
  d: base64url32,
  kid: z.string().min(1).max(128).optional(),
});

/** The key in a JWK's JSON text. Errors name the member that is wrong and never show the text. */
export async function parseSigningKey(text: string): Promise<SigningKey> {
  const { kty, crv, x, d, kid } = checkedJwk(text);
  const publicPart = { kty, crv, x };
  const id = kid ?? (await calculateJwkThumbprint(publicPart));
  const privateKey = (await importJWK({ ...publicPart, d }, accessToken.algorithm)) as CryptoKey;
  return { kid: id, privateKey, publicJwk: { ...publicPart, kid: id, alg: accessToken.algorithm, use: 'sig' } };
}

function checkedJwk(text: string): z.infer<typeof jwkSchema> {
  const wanted = 'the signing key must be a private Ed25519 key as a JWK';
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Error(`${wanted}, and this is not JSON`);
  }
  const parsed = jwkSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new Error(`${wanted}: ${parsed.error.issues[0].path.join('.') || 'its form'} is wrong`);
}

/** The key of the settings: the JWK itself, else the file with it. */
export async function loadSigningKey(settings: {
  signingKey: string | undefined;
  signingKeyFile: string;
}): Promise<SigningKey> {
  if (settings.signingKey !== undefined) return parseSigningKey(settings.signingKey);
  let text: string;
  try {
    text = await readFile(settings.signingKeyFile, 'utf8');
  } catch (cause) {
    throw new Error(
      `there is no signing key at ${settings.signingKeyFile}; set GEOCROP_SIGNING_KEY or write one there`,
      {
        cause,
      },
    );
  }
  return parseSigningKey(text);
}

/** The JSON text of a new private key, to be kept in a file of mode 0600 or in a Secret. */
export async function newSigningKey(): Promise<string> {
  const { privateKey } = await generateKeyPair(accessToken.algorithm, { crv: 'Ed25519', extractable: true });
  const jwk = await exportJWK(privateKey);
  return JSON.stringify({ ...jwk, kid: await calculateJwkThumbprint(jwk) });
}
