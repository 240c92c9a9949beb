import { randomUUID } from 'node:crypto';
import type { Clock } from '../clock.ts';
import type { PingSpec } from '../manifests/function-spec.ts';
import { nextRun, parseCron } from './cron.ts';

/** An event on its way to a function, CloudEvents 1.0 in binary mode. */
export interface PingDelivery {
  path: string;
  headers: Record<string, string>;
  body: string;
}

/** Sends a delivery once and returns the status of the answer; throws where there was none. */
export type SendPing = (delivery: PingDelivery, signal: AbortSignal) => Promise<number>;

const tries = 6;
const firstRetryMs = 50;

/** Whether Knative Eventing sends an event again after this answer. */
export function isRetried(status: number): boolean {
  return status >= 500 || [404, 408, 409, 429].includes(status);
}

/** Fires the events of one PingSource until `signal` aborts; a point that comes while one is under way is passed over. */
export async function runPingSource(
  spec: PingSpec,
  clock: Clock,
  send: SendPing,
  signal: AbortSignal,
  warn: (line: string) => void,
): Promise<void> {
  const cron = parseCron(spec.schedule);
  for (let last = clock.now(); !signal.aborted;) {
    const next = nextRun(cron, Math.max(last, clock.now()));
    if (next === null) return warn(`the schedule ${spec.schedule} never comes`);
    await clock.sleep(Math.min(next - clock.now(), 60_000), signal);
    if (signal.aborted || clock.now() < next) continue;
    last = next;
    await deliver(spec, next, clock, send, signal).catch((error: Error) => warn(error.message));
  }
}

async function deliver(spec: PingSpec, at: number, clock: Clock, send: SendPing, signal: AbortSignal): Promise<void> {
  const delivery = eventOf(spec, at);
  let why = '';
  for (let attempt = 0; attempt < tries && !signal.aborted; attempt++) {
    if (attempt > 0) await clock.sleep(firstRetryMs * 2 ** (attempt - 1), signal);
    const status = await send(delivery, signal).catch((error: Error) => error);
    if (typeof status === 'number' && status < 300) return;
    why = typeof status === 'number' ? `answered ${status}` : status.message;
    if (typeof status === 'number' && !isRetried(status)) break;
  }
  if (!signal.aborted) throw new Error(`the event of ${spec.name} for ${spec.functionName} was not taken: ${why}`);
}

/** The id stays the same over all tries, so that the receiver can tell a duplicate. */
function eventOf(spec: PingSpec, at: number): PingDelivery {
  return {
    path: spec.path,
    body: spec.data,
    headers: {
      'content-type': spec.contentType,
      'ce-specversion': '1.0',
      'ce-type': 'dev.knative.sources.ping',
      'ce-source': `/apis/v1/namespaces/${spec.namespace}/pingsources/${spec.name}`,
      'ce-id': randomUUID(),
      'ce-time': new Date(at).toISOString(),
    },
  };
}
