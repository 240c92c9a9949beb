import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomically } from '#shared/storage/directory-store.ts';

export interface Admin {
  name: string;
  password: string;
}

const pathIn = (home: string) => join(home, 'admin-password');

/** The first admin as the first start kept it; null where the file is gone. */
export async function readAdmin(home: string): Promise<Admin | null> {
  const text = await readFile(pathIn(home), 'utf8').catch(() => null);
  const match = /^(\S+) (.+)\n?$/.exec(text ?? '');
  return match && { name: match[1], password: match[2] };
}

/** Keeps the first admin for the owner's eyes, so that the command line can log in by itself. */
export const keepAdmin = (home: string, { name, password }: Admin): Promise<void> =>
  writeFileAtomically(pathIn(home), (file) => file.write(Buffer.from(`${name} ${password}\n`)), 0o600);
