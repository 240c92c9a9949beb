import { SignJWT } from 'jose';
import { accessToken } from '#shared/domain/user-token.ts';
import type { Principal } from '#shared/domain/user.ts';
import type { SigningKey } from './signing-key.ts';

/** Signs a token that says who the user is; every function can check it with the public key alone. */
export async function signAccessToken(user: Principal, key: SigningKey, issuer: string): Promise<string> {
  return new SignJWT({ name: user.name, role: user.role })
    .setProtectedHeader({ alg: accessToken.algorithm, typ: accessToken.type, kid: key.kid })
    .setSubject(user.id)
    .setIssuer(issuer)
    .setAudience(accessToken.audience)
    .setJti(crypto.randomUUID())
    .setIssuedAt()
    .setExpirationTime(`${accessToken.lifetimeSeconds} s`)
    .sign(key.privateKey);
}
