import { spawnSync } from 'node:child_process';
import { postgresInstalled } from '#shared/testing/postgres-cluster.ts';
import type { FoundServices } from '../services/find-services.ts';
import type { ChaosPromise, Need } from './promise.ts';

const advice: Record<Need, string> = {
  PostgreSQL: 'the Debian packages postgresql-15 and postgresql-15-postgis-3',
  'an S3 server': 'npm run services:get',
  toxiproxy: 'npm run services:get -- --chaos',
  schemathesis: 'npm run services:get -- --chaos',
  'a mount namespace': '`unshare -m mount -t tmpfs` to work',
};

/** What a promise needs and this machine lacks, as advice. */
export function missingNeeds({ needs = [] }: ChaosPromise, found: FoundServices): string[] {
  const isHere: Record<Need, () => boolean> = {
    PostgreSQL: postgresInstalled,
    'an S3 server': () => (found.minio ?? found.versitygw) !== null,
    toxiproxy: () => found.toxiproxy !== null,
    schemathesis: () => found.schemathesis !== null,
    'a mount namespace': () => spawnSync('unshare', ['-m', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt']).status === 0,
  };
  return needs.filter((need) => !isHere[need]()).map((need) => `${need}: ${advice[need]}`);
}
