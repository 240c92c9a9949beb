import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { z } from 'zod';

const schema = z.object({
  postgresPassword: z.string().min(1),
  s3: z.object({ accessKeyId: z.string().min(1), secretAccessKey: z.string().min(1) }),
});
export type ServiceCredentials = z.infer<typeof schema>;

/** The passwords of this machine's servers: made once, kept for the owner alone. */
export async function serviceCredentials(path: string): Promise<ServiceCredentials> {
  const kept = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException): null => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (kept !== null) return schema.parse(JSON.parse(kept));
  const word = () => randomBytes(18).toString('hex');
  const made = { postgresPassword: word(), s3: { accessKeyId: 'geocrop', secretAccessKey: word() } };
  await writeFile(path, JSON.stringify(made), { mode: 0o600, flag: 'wx' });
  return made;
}
