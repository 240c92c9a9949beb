import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';

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
  const parsed = schema.safeParse(JSON.parse(text));
  return parsed.success ? parsed.data : null;
}

/** Keeps a login for the owner's eyes only. */
export async function writeSession(home: string, session: Session): Promise<void> {
  const path = pathIn(home);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, JSON.stringify(session), { mode: 0o600 });
  await chmod(path, 0o600);
}

export const forgetSession = (home: string): Promise<void> => rm(pathIn(home), { force: true });
