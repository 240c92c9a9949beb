import { systemClock, type Clock } from '../clock.ts';

/** A clock that runs `speed` times as fast from now on. */
export function fastClock(speed: number): Clock {
  const begun = Date.now();
  return {
    now: () => begun + (Date.now() - begun) * speed,
    sleep: (ms, signal) => systemClock.sleep(ms / speed, signal),
  };
}
