import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '#shared/db/database.ts';

/** A part that a worker has. */
export interface HeldPart {
  key: string;
  lease: number;
  tries: number;
}

export async function heldParts(db: Database, worker: string): Promise<HeldPart[]> {
  const rows = await db
    .selectFrom('parts')
    .select(['key', 'lease', 'tries'])
    .where('leased_by', '=', worker)
    .where('state', '=', 'leased')
    .orderBy('leased_until')
    .execute();
  return rows.map((row) => ({ ...row, lease: Number(row.lease) }));
}

/** One of them, if any. */
export const heldPart = async (db: Database, worker: string): Promise<HeldPart | null> =>
  (await heldParts(db, worker))[0] ?? null;

/** Milliseconds until another worker has the part of one that was killed; infinite after so long. */
export async function msUntilTaken(db: Database, { key, lease }: HeldPart, mostMs: number): Promise<number> {
  for (const began = performance.now(); performance.now() - began < mostMs; await sleep(50)) {
    const row = await db.selectFrom('parts').select('lease').where('key', '=', key).executeTakeFirstOrThrow();
    if (Number(row.lease) > lease) return performance.now() - began;
  }
  return Infinity;
}
