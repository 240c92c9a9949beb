import { GeoCropError } from '#shared/domain/errors.ts';
import { turns } from '#shared/mapping/turns.ts';

/** Runs tasks, so many at once; the next wait in line, and when the line is full they are refused. */
export type WorkGate = <T>(task: () => Promise<T>) => Promise<T>;

/** Bounds memory: every hash in work takes 19 MiB. */
export function createWorkGate({ parallel, waiting }: { parallel: number; waiting: number }): WorkGate {
  const inTurn = turns(parallel);
  let inside = 0;
  return async (task) => {
    if (inside >= parallel + waiting)
      throw new GeoCropError('unavailable', 'too many people are logging in just now; try again in a few seconds');
    inside++;
    try {
      return await inTurn(task);
    } finally {
      inside--;
    }
  };
}
