import { GeoCropError } from '#shared/domain/errors.ts';

/** Runs tasks, so many at once; the next wait in line, and when the line is full they are refused. */
export type WorkGate = <T>(task: () => Promise<T>) => Promise<T>;

/** Bounds memory: every hash in work takes 19 MiB. */
export function createWorkGate({ parallel, waiting }: { parallel: number; waiting: number }): WorkGate {
  let running = 0;
  const line: (() => void)[] = [];
  const enter = async (): Promise<void> => {
    if (running < parallel) {
      running++;
      return;
    }
    if (line.length >= waiting)
      throw new GeoCropError('unavailable', 'too many people are logging in just now; try again in a few seconds');
    await new Promise<void>((resolve) => line.push(resolve));
  };
  const leave = (): void => {
    const next = line.shift();
    if (next) next();
    else running--;
  };
  return async (task) => {
    await enter();
    try {
      return await task();
    } finally {
      leave();
    }
  };
}
