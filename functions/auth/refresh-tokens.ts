import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import type { Database } from '#shared/db/database.ts';
import { GeoCropError } from '#shared/domain/errors.ts';
import type { Principal } from '#shared/domain/user.ts';

export const refreshTokenSeconds = 30 * 86_400;

const hashOf = (token: string): Buffer => createHash('sha256').update(token).digest();

const refused = (): GeoCropError =>
  new GeoCropError('unauthenticated', 'this refresh token is not valid; log in again', { field: 'refresh_token' });

async function insertToken(db: Database, user: string, family: string): Promise<string> {
  const token = randomBytes(32).toString('base64url');
  await db
    .insertInto('refresh_tokens')
    .values({
      family,
      user_id: user,
      token_hash: hashOf(token),
      expires_at: sql<Date>`now() + make_interval(secs => ${refreshTokenSeconds})`,
    })
    .execute();
  return token;
}

/**
 * A refresh token that begins a family of its own; those of the user that are over go. Null where the account was disabled
 * or got another password since `passwordHash` was checked.
 */
export async function beginFamily(db: Database, userId: string, passwordHash: string): Promise<string | null> {
  return db.transaction().execute(async (trx) => {
    const user = await lockUser(trx, userId);
    if (!user || user.disabled || user.password_hash !== passwordHash) return null;
    const over = trx.deleteFrom('refresh_tokens').where('user_id', '=', userId);
    await over.where('expires_at', '<', sql<Date>`now()`).execute();
    return insertToken(trx, userId, randomUUID());
  });
}

export interface Rotation {
  user: Principal;
  refreshToken: string;
}

/**
 * Trades a refresh token for the next of its family, once. A token that comes a second time was stolen or copied, so its
 * family ends, the newest token included. Everything runs under the lock of the user's row: rotations, revocations and the
 * disabling of one user come one after the other, and no token can be born while its family ends.
 */
export async function rotate(db: Database, token: string): Promise<Rotation> {
  const rotation = await db.transaction().execute((trx) => rotateLocked(trx, token));
  // The refusal is thrown outside: inside it would roll back the end of the family.
  if (rotation === null) throw refused();
  return rotation;
}

async function rotateLocked(trx: Database, token: string): Promise<Rotation | null> {
  const owner = await trx
    .selectFrom('refresh_tokens')
    .select('user_id')
    .where('token_hash', '=', hashOf(token))
    .executeTakeFirst();
  if (!owner) return null;
  const user = await lockUser(trx, owner.user_id);
  const row = await trx
    .selectFrom('refresh_tokens')
    .select(['id', 'family', 'used_at', 'revoked_at', sql<boolean>`expires_at <= now()`.as('expired')])
    .where('token_hash', '=', hashOf(token))
    .executeTakeFirst();
  if (!row || !user) return null;
  if (row.used_at !== null || row.revoked_at !== null || row.expired || user.disabled) {
    await revoke(trx, { family: row.family });
    return null;
  }
  await trx
    .updateTable('refresh_tokens')
    .set({ used_at: sql<Date>`now()` })
    .where('id', '=', row.id)
    .execute();
  const refreshToken = await insertToken(trx, user.id, row.family);
  return { user: { id: user.id, name: user.name, role: user.role }, refreshToken };
}

async function lockUser(trx: Database, id: string) {
  const columns = ['id', 'name', 'role', 'disabled', 'password_hash'] as const;
  return trx.selectFrom('users').select(columns).where('id', '=', id).forNoKeyUpdate().executeTakeFirst();
}

async function revoke(trx: Database, of: { family: string } | { userId: string }): Promise<void> {
  const update = trx
    .updateTable('refresh_tokens')
    .set({ revoked_at: sql<Date>`now()` })
    .where('revoked_at', 'is', null);
  await ('family' in of ? update.where('family', '=', of.family) : update.where('user_id', '=', of.userId)).execute();
}

/** Ends every login of a user; the caller's transaction holds the lock of the user's row. */
export const revokeUser = (trx: Database, userId: string): Promise<void> => revoke(trx, { userId });

/** Ends the login that this token belongs to; an unknown token ends nothing. */
export async function revokeFamilyOf(db: Database, token: string): Promise<void> {
  await db.transaction().execute(async (trx) => {
    const columns = ['user_id', 'family'] as const;
    const row = await trx
      .selectFrom('refresh_tokens')
      .select(columns)
      .where('token_hash', '=', hashOf(token))
      .executeTakeFirst();
    if (!row) return;
    await lockUser(trx, row.user_id);
    await revoke(trx, { family: row.family });
  });
}
