import type { Clock } from '../clock.ts';
import type { ProbeSpec } from '../manifests/function-spec.ts';

/** The pace of `periodSeconds: 0`, while starting and afterwards. */
const eagerMs = 20;
const calmMs = 10_000;

/** Asks until `successThreshold` answers in a row were good; returns false when `signal` aborts before. */
export async function untilReady(
  spec: ProbeSpec,
  ask: () => Promise<boolean>,
  clock: Clock,
  signal: AbortSignal,
): Promise<boolean> {
  await clock.sleep(spec.initialDelayMs, signal);
  for (let good = 0; !signal.aborted;) {
    good = (await ask()) ? good + 1 : 0;
    if (good >= spec.successThreshold) return true;
    await clock.sleep(spec.periodMs || eagerMs, signal);
  }
  return false;
}

/** Asks until `signal` aborts, and calls `changed` when enough answers in a row turn good or bad. Begins as good. */
export async function watchHealth(
  spec: ProbeSpec,
  ask: () => Promise<boolean>,
  clock: Clock,
  signal: AbortSignal,
  changed: (healthy: boolean) => void,
): Promise<void> {
  let healthy = true;
  for (let streak = 0; !signal.aborted;) {
    await clock.sleep(spec.periodMs || calmMs, signal);
    const good = await ask();
    if (signal.aborted) return;
    streak = good === healthy ? 0 : streak + 1;
    if (streak < (good ? spec.successThreshold : spec.failureThreshold)) continue;
    if (good === healthy) continue;
    healthy = good;
    streak = 0;
    changed(healthy);
  }
}
