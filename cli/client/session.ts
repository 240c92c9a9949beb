import { open, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { writeFileAtomically } from '#shared/storage/directory-store.ts';

const schema = z.object({
  url: z.url(),
  name: z.string(),
  accessToken: z.string(),
  refreshToken: z.string(),
  /** Milliseconds since 1970. */
  expiresAt: z.number(),
});
/** Who is logged in where. */
export type Session = z.infer<typeof schema>;

const pathIn = (home: string) => join(home, 'session.json');

/** The kept login, or null where there is none that can be read. */
export async function readSession(home: string): Promise<Session | null> {
  const text = await readFile(pathIn(home), 'utf8').catch(() => null);
  if (text === null) return null;
  const parsed = schema.safeParse(parseJson(text));
  return parsed.success ? parsed.data : null;
}

/** Null where it is no JSON: what cannot be read is not there. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Keeps a login for the owner's eyes only. */
export async function writeSession(home: string, session: Session): Promise<void> {
  await writeFileAtomically(pathIn(home), (file) => file.write(Buffer.from(JSON.stringify(session))), 0o600);
}

/** A lock older than this was left by a process that is gone. */
const staleMs = 10_000;

/**
 * Runs `work` while no other command on this home does: a refresh token is good once, and a second use of it would end
 * the login of all of them.
 */
export async function withSessionLock<T>(home: string, work: () => Promise<T>): Promise<T> {
  const path = join(home, 'session.lock');
  for (;;) {
    const lock = await open(path, 'wx').catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
      return null;
    });
    if (lock) {
      await lock.close();
      return work().finally(() => rm(path, { force: true }));
    }
    const age = Date.now() - ((await stat(path).catch(() => null))?.mtimeMs ?? Date.now());
    if (age > staleMs) await rm(path, { force: true });
    await sleep(50);
  }
}

export const forgetSession = (home: string): Promise<void> => rm(pathIn(home), { force: true });
