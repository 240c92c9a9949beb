import { useQuery, useQueryClient } from '@tanstack/react-query';
import { statusQuery } from '../api/queries.ts';
import type { StatusInfo } from '../api/types.ts';
import type { JobProgress } from './job-progress.ts';
import type { Sample } from './time-left.ts';
import { useProgress, type Followed } from './use-progress.ts';

export interface JobNow {
  job: StatusInfo | undefined;
  error: unknown;
  refetch: () => void;
  progress: JobProgress;
  samples: Sample[];
  stream: Followed['stream'];
}

const pollMs = 4000;
const slowPollMs = 30_000;

export const isOpen = (job: StatusInfo | undefined): boolean => job?.status === 'accepted' || job?.status === 'running';

/** A job as it is now: its status, and what its stream tells; where streams do not come through, the status alone. */
export function useJob(id: string, share: string | undefined): JobNow {
  const client = useQueryClient();
  const status = useQuery(statusQuery(id, share));
  const onStep = () => {
    void client.invalidateQueries({ queryKey: ['status', id] });
    void client.invalidateQueries({ queryKey: ['jobs'] });
  };
  const { data: job } = status;
  const followed = useProgress(id, share, { isOn: job !== undefined, round: job?.attempt ?? 0, onStep });
  const { stream, progress } = followed;
  const isBroken = stream === 'broken' || (stream === 'ended' && progress.ended === null);
  useQuery({ ...statusQuery(id, share), refetchInterval: isOpen(job) && (isBroken ? pollMs : slowPollMs) });
  return { job, error: status.error, refetch: () => void status.refetch(), ...followed };
}
