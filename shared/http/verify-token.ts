import { decodeProtectedHeader, jwtVerify, type JWTPayload, type JWTVerifyGetKey } from 'jose';
import { z } from 'zod';
import { roleSchema, userNameSchema, type Principal } from '#shared/domain/user.ts';
import { accessToken } from '#shared/domain/user-token.ts';

/** Whose tokens are accepted, and by which keys. */
export interface TokenPolicy {
  issuer: string;
  /** Gives the public key of a token's `kid`. */
  keys: JWTVerifyGetKey;
  /** Now, for tests. */
  now?: (() => Date) | undefined;
}

const clockSkewSeconds = 5;

const claimsSchema = z.object({ sub: z.uuid(), name: userNameSchema, role: roleSchema, jti: z.uuid() });

/** Nothing but these: a header that names a key by address or carries one (jku, x5u, jwk, x5c) is not ours. */
const headerSchema = z.strictObject({
  alg: z.literal(accessToken.algorithm),
  typ: z.literal(accessToken.type),
  kid: z.string().min(1).max(128),
});

/** Three parts in the one canonical base64url form, so that a token has exactly one spelling. */
function isCanonical(token: string): boolean {
  const parts = token.split('.');
  return parts.length === 3 && parts.every((part) => Buffer.from(part, 'base64url').toString('base64url') === part);
}

/** Who holds this access token; throws where it is not one of ours, not valid now, or not in the exact form. */
export async function verifyAccessToken(token: string, policy: TokenPolicy): Promise<Principal> {
  if (token.length > accessToken.maxLength || !isCanonical(token))
    throw new Error('not in the form of an access token');
  headerSchema.parse(decodeProtectedHeader(token));
  const claims = claimsSchema.parse(await verifiedClaims(token, policy));
  return { id: claims.sub, name: claims.name, role: claims.role };
}

async function verifiedClaims(token: string, policy: TokenPolicy): Promise<JWTPayload> {
  const { payload } = await jwtVerify(token, policy.keys, {
    algorithms: [accessToken.algorithm],
    typ: accessToken.type,
    issuer: policy.issuer,
    audience: accessToken.audience,
    requiredClaims: ['exp', 'iat', 'sub', 'jti'],
    maxTokenAge: accessToken.lifetimeSeconds,
    clockTolerance: clockSkewSeconds,
    ...(policy.now ? { currentDate: policy.now() } : {}),
  });
  return payload;
}
