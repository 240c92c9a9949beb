import { setTimeout as delay } from 'node:timers/promises';
import type { QueueConsumer } from './consumer/queue-consumer.ts';
import type { Gateway } from './gateway/gateway.ts';
import type { Watchdog } from './process/watchdog.ts';
import type { RuntimeLimits } from './runtime-options.ts';
import type { ServicePool } from './service/service-pool.ts';

/** What a runtime consists of, and what it takes to end it. */
export interface Parts {
  gateway?: Gateway;
  pools: ServicePool[];
  consumers: QueueConsumer[];
  watchdog: Watchdog;
  /** Aborts when no new work shall begin. */
  stop: AbortController;
  limits: RuntimeLimits;
}

/** The last part of the time is kept for killing; half of it may go to requests that are under way. */
const killMarginMs = 500;

/**
 * Ends a runtime within its close limit: consumers hand back while requests are answered, then functions are asked to
 * stop, and what is left is killed.
 */
export async function closeRuntime({ gateway, pools, consumers, watchdog, stop, limits }: Parts): Promise<void> {
  const begun = performance.now();
  const leftMs = (of: number) => Math.max(0, of - (performance.now() - begun));
  const graceMs = () => leftMs(limits.closeLimitMs - killMarginMs);
  stop.abort();
  const answered = Promise.resolve(gateway?.drain());
  const drainEnds = Promise.race([answered, pause(limits.closeLimitMs / 2)]);
  const over = Promise.all([
    ...pools.map((pool) => pool.close(drainEnds, graceMs)),
    ...consumers.map((consumer) => consumer.close(graceMs)),
  ]);
  await Promise.race([over, pause(limits.closeLimitMs)]);
  for (const part of [...pools, ...consumers]) part.kill();
  gateway?.cut();
  await over;
  watchdog.close();
}

/** Ends a runtime at once; what is being answered is cut. */
export function killRuntime({ gateway, pools, consumers, stop }: Parts): void {
  stop.abort();
  for (const part of [...pools, ...consumers]) part.kill();
  gateway?.cut();
}

function pause(ms: number): Promise<void> {
  return delay(ms, undefined, { ref: false });
}
