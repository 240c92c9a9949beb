import { GeoCropError } from './errors.ts';
import type { Job } from './job.ts';

/**
 * Refuses what needs the files of a job whose files were given up.
 *
 * @throws GeoCropError `gone`
 */
export function assertKept({ id, expiredAt }: Pick<Job, 'id' | 'expiredAt'>): void {
  if (!expiredAt) return;
  throw new GeoCropError(
    'gone',
    `the files of the job ${id} were removed on ${expiredAt.toISOString().slice(0, 10)}, for results are kept for a limited time here; send the request again to have the map once more`,
  );
}
