import type { Database } from '#shared/db/database.ts';
import { GeoCropError } from '#shared/domain/errors.ts';
import type { Principal } from '#shared/domain/user.ts';
import type { RateLimit } from '#shared/http/rate-limit-headers.ts';
import { beginTry } from './login-limit.ts';
import { isPassword, nobodysHash } from './password.ts';
import { beginFamily } from './refresh-tokens.ts';

export interface Credentials {
  name: string;
  password: string;
  address: string;
}

export interface Login {
  user: Principal;
  refreshToken: string;
}

/** Told by a limit to wait; the caller adds the headers. */
export class TooManyTries extends GeoCropError {
  readonly limit: RateLimit;
  constructor(limit: RateLimit) {
    super('rate-limited', `too many failed logins; try again in ${Math.ceil(limit.resetSeconds / 60)} minutes`);
    this.limit = limit;
  }
}

/**
 * Who these credentials belong to. A wrong password, an unknown name and a disabled account answer the same sentence
 * after the same work, so that names cannot be found out.
 */
export async function logIn(db: Database, { name, password, address }: Credentials): Promise<Login> {
  const attempt = await beginTry(db, name, address);
  if (attempt.refusedBy) throw new TooManyTries(attempt.refusedBy);
  const columns = ['id', 'name', 'role', 'password_hash'] as const;
  const row = await db.selectFrom('users').select(columns).where('name', '=', name).executeTakeFirst();
  const matches = await isPassword(password, row?.password_hash ?? nobodysHash);
  const refreshToken = row && matches ? await beginFamily(db, row.id, row.password_hash) : null;
  if (!row || refreshToken === null) throw new GeoCropError('unauthenticated', 'the name or the password is wrong');
  await attempt.succeed();
  return { user: { id: row.id, name: row.name, role: row.role }, refreshToken };
}
