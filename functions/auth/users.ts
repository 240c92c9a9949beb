import { randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import type { Database } from '#shared/db/database.ts';
import { GeoCropError } from '#shared/domain/errors.ts';
import type { Role, User } from '#shared/domain/user.ts';
import { hashPassword } from './password.ts';
import { revokeUser } from './refresh-tokens.ts';

export interface NewUser {
  name: string;
  password: string;
  role: Role;
}

export interface UserChange {
  password?: string | undefined;
  role?: Role | undefined;
  disabled?: boolean | undefined;
}

const columns = ['id', 'name', 'role', 'disabled', 'created_at'] as const;

const userOf = (row: { id: string; name: string; role: Role; disabled: boolean; created_at: Date }): User => ({
  id: row.id,
  name: row.name,
  role: row.role,
  disabled: row.disabled,
  createdAt: row.created_at,
});

/** Up to `limit` users by name, those after `after`. */
export async function listUsers(db: Database, page: { limit: number; after?: string | undefined }): Promise<User[]> {
  let query = db.selectFrom('users').select(columns).orderBy('name').limit(page.limit);
  if (page.after !== undefined) query = query.where('name', '>', page.after);
  return (await query.execute()).map(userOf);
}

export async function findUser(db: Database, id: string): Promise<User | null> {
  const row = await db.selectFrom('users').select(columns).where('id', '=', id).executeTakeFirst();
  return row ? userOf(row) : null;
}

/** Makes an account; the password's rules are the caller's to check (`newPasswordSchema`). */
export async function createUser(db: Database, user: NewUser): Promise<User> {
  const row = await db
    .insertInto('users')
    .values({ name: user.name, role: user.role, password_hash: await hashPassword(user.password) })
    .onConflict((conflict) => conflict.column('name').doNothing())
    .returning(columns)
    .executeTakeFirst();
  if (!row)
    throw new GeoCropError('conflict', `there is a user ${user.name} already; choose another name`, { field: 'name' });
  return userOf(row);
}

/**
 * Changes an account. A new password or being disabled ends every login of the user. The last admin who can log in stays
 * one: all admins' rows are locked first, so that two cannot remove each other at the same time.
 */
export async function updateUser(db: Database, name: string, change: UserChange): Promise<User> {
  const hash = change.password === undefined ? null : await hashPassword(change.password);
  return db.transaction().execute(async (trx) => {
    if (change.disabled === true || (change.role !== undefined && change.role !== 'admin'))
      await keepAnAdmin(trx, name);
    const row = await trx
      .updateTable('users')
      .set({
        ...(change.role === undefined ? {} : { role: change.role }),
        ...(change.disabled === undefined ? {} : { disabled: change.disabled }),
        ...(hash === null ? {} : { password_hash: hash }),
        name,
      })
      .where('name', '=', name)
      .returning(columns)
      .executeTakeFirst();
    if (!row) throw new GeoCropError('not-found', `there is no user ${name}`, { field: 'name' });
    if (hash !== null || change.disabled === true) await revokeUser(trx, row.id);
    return userOf(row);
  });
}

/** Refuses when nobody but this user could still administrate. */
async function keepAnAdmin(trx: Database, name: string): Promise<void> {
  const admins = await trx
    .selectFrom('users')
    .select(['name', 'disabled'])
    .where('role', '=', 'admin')
    .orderBy('id')
    .forUpdate()
    .execute();
  const others = admins.filter((admin) => admin.name !== name && !admin.disabled);
  const isAdmin = admins.some((admin) => admin.name === name && !admin.disabled);
  if (isAdmin && others.length === 0)
    throw new GeoCropError('conflict', `${name} is the last admin; make another one first`, { field: 'name' });
}

export interface FirstAdmin {
  name: string;
  password: string;
}

/** Where there is no user at all, makes the admin, with a random password unless one is given; else null. */
export async function ensureFirstAdmin(db: Database, password = randomPassword()): Promise<FirstAdmin | null> {
  const admin = { name: 'admin', password, role: 'admin' as const };
  const anyone = await db.selectFrom('users').select('id').limit(1).executeTakeFirst();
  if (anyone) return null;
  return db.transaction().execute(async (trx) => {
    await sql`LOCK TABLE users IN SHARE ROW EXCLUSIVE MODE`.execute(trx);
    if (await trx.selectFrom('users').select('id').limit(1).executeTakeFirst()) return null;
    await createUser(trx, admin);
    return { name: admin.name, password };
  });
}

const randomPassword = (): string => randomBytes(18).toString('base64url');
