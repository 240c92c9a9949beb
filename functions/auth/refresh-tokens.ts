import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import type { Database } from '#shared/db/database.ts';
import { GeoCropError } from '#shared/domain/errors.ts';
import type { Principal } from '#shared/domain/user.ts';

export const refreshTokenSeconds = 30 * 86_400;

const hashOf = (token: string): Buffer => createHash('sha256').update(token).digest();

const refused = (): GeoCropError =>
  new GeoCropError('unauthenticated', 'this refresh token is not valid; log in again', { field: 'refresh_token' });

/** A new token of a family, with its row's id. */
async function insertToken(db: Database, user: string, family: string): Promise<{ id: string; token: string }> {
  const token = randomBytes(32).toString('base64url');
  const { id } = await db
    .insertInto('refresh_tokens')
    .values({
      family,
      user_id: user,
      token_hash: hashOf(token),
      expires_at: sql<Date>`now() + make_interval(secs => ${refreshTokenSeconds})`,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  return { id, token };
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
    return (await insertToken(trx, userId, randomUUID())).token;
  });
}

export interface Rotation {
  user: Principal;
  refreshToken: string;
}

/**
 * Trades a refresh token for the next of its family. A used one is accepted again while its successor is unused, for its
 * answer may have been lost: the successor is revoked and replaced. Any other token that comes a second time was stolen
 * or copied, so its family ends, the newest token included: of a thief and an owner who both have a token, whoever comes
 * second ends it. Everything runs under the lock of the user's row: rotations, revocations and the disabling of one user
 * come one after the other, and no token can be born while its family ends.
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
  const row = await tokenRow(trx, 'token_hash', hashOf(token));
  if (!row || !user) return null;
  if (!row.live || user.disabled || !(await replaceUnused(trx, row))) {
    await revoke(trx, { family: row.family });
    return null;
  }
  const next = await insertToken(trx, user.id, row.family);
  await trx
    .updateTable('refresh_tokens')
    .set({ used_at: sql<Date>`coalesce(used_at, now())`, successor: next.id })
    .where('id', '=', row.id)
    .execute();
  return { user: { id: user.id, name: user.name, role: user.role }, refreshToken: next.token };
}

async function tokenRow(trx: Database, by: 'token_hash' | 'id', value: Buffer | string) {
  return trx
    .selectFrom('refresh_tokens')
    .select(['id', 'family', 'used_at', 'successor'])
    .select(sql<boolean>`(revoked_at IS NULL AND expires_at > now())`.as('live'))
    .where(by, '=', value)
    .executeTakeFirst();
}

/** Makes room for a successor: the one of a used token is revoked if nobody has used it. False where somebody has. */
async function replaceUnused(trx: Database, row: { used_at: Date | null; successor: string | null }): Promise<boolean> {
  if (row.used_at === null) return true;
  const successor = row.successor === null ? undefined : await tokenRow(trx, 'id', row.successor);
  if (!successor?.live || successor.used_at !== null) return false;
  await trx
    .updateTable('refresh_tokens')
    .set({ revoked_at: sql<Date>`now()` })
    .where('id', '=', successor.id)
    .execute();
  return true;
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
