import { decodeJwt } from 'jose';

/** When the bearer token of a request that was let pass runs out; null where it came without one. */
export function tokenEnd(authorization: string | undefined): Date | null {
  const token = authorization?.split(' ')[1];
  if (token === undefined) return null;
  const { exp } = decodeJwt(token);
  return exp === undefined ? null : new Date(exp * 1000);
}
