import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { versions } from './versions.ts';

export const postgresBinaries = `/usr/lib/postgresql/${versions.postgresql}/bin`;

/** What is on this machine of the servers that are not Debian's; null where it is not. */
export interface FoundServices {
  minio: string | null;
  versitygw: string | null;
  elasticmq: { java: string; jars: string } | null;
  toxiproxy: string | null;
  schemathesis: string | null;
}

export const goPrograms = {
  versitygw: `github.com/versity/versitygw/cmd/versitygw`,
  minio: 'github.com/minio/minio',
  toxiproxy: 'github.com/Shopify/toxiproxy/v2/cmd/server',
} as const;
export type GoProgram = keyof typeof goPrograms;
export type S3Program = 'versitygw' | 'minio';

export const programPath = (cache: string, name: GoProgram): string => join(cache, `${name}-${versions[name]}`, name);
export const schemathesisPath = (cache: string): string =>
  join(cache, `schemathesis-${versions.schemathesis}`, 'venv', 'bin', 'schemathesis');
export const jarsPath = (cache: string): string => join(cache, `elasticmq-${versions.elasticmq}`, 'lib');

/** Looks in the cache that `get.ts` fills, then on the PATH. */
export function findServices(cache: string): FoundServices {
  const program = (name: GoProgram) => (existsSync(programPath(cache, name)) ? programPath(cache, name) : onPath(name));
  const java = existsSync(jarsPath(cache)) ? onPath('java') : null;
  return {
    minio: program('minio'),
    versitygw: program('versitygw'),
    elasticmq: java === null ? null : { java, jars: jarsPath(cache) },
    toxiproxy: program('toxiproxy'),
    // By no other way than from the cache: what it finds depends on its version.
    schemathesis: existsSync(schemathesisPath(cache)) ? schemathesisPath(cache) : null,
  };
}

/** Where the shell finds a program. */
export function onPath(name: string): string | null {
  const { status, stdout } = spawnSync('sh', ['-c', 'command -v "$0"', name], { encoding: 'utf8' });
  return status === 0 && stdout.startsWith('/') ? stdout.trim() : null;
}
