import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '../clock.ts';
import type { ServicePool } from '../service/service-pool.ts';
import { Unavailable } from '../service/unavailable.ts';
import { functionHeaders, requestId } from './headers.ts';
import { discardRest } from './linger.ts';
import { sendProblem } from './problem.ts';
import { refuse } from './refuse.ts';
import { relay } from './relay.ts';
import { requestFault } from './request-fault.ts';
import { isInternalPath, requestTarget, type RequestTarget } from './request-path.ts';

/** What the gateway does beside routing. */
export interface GatewayRules {
  maxBodyBytes: number;
  /** Whether a reverse proxy of one's own stands before, whose forwarding headers are true. */
  trustProxy: boolean;
  clock: Clock;
  warn(line: string): void;
}

/** A process that has just died still looks ready for a moment; the request can go to another. */
const tries = 5;
const retryMs = 50;

type Route = (path: string) => ServicePool | null;

/** Answers one request: by a function, or with a problem. */
export async function answerRequest(
  request: IncomingMessage,
  response: ServerResponse,
  route: Route,
  rules: GatewayRules,
): Promise<void> {
  request.on('error', () => undefined);
  response.on('error', () => undefined);
  const id = requestId(request.headers);
  response.setHeader('x-request-id', id);
  const fault = requestFault(request, rules.maxBodyBytes);
  if (fault) return refuse(request, response, fault.status, fault.detail, { ...fault.headers, connection: 'close' });
  const target = requestTarget(request.url ?? '');
  const internal = target && isInternalPath(target.path);
  if (!target || internal === null) return refuse(request, response, 400, 'the path of the request cannot be read');
  const pool = internal ? null : route(target.path);
  if (pool) return byFunction(request, response, pool, target, id, rules);
  refuse(request, response, 404, `nothing is served at ${target.path.slice(0, 200)}`);
}

async function byFunction(
  request: IncomingMessage,
  response: ServerResponse,
  pool: ServicePool,
  { full, host }: RequestTarget,
  id: string,
  rules: GatewayRules,
): Promise<void> {
  const over = new AbortController();
  response.once('close', () => over.abort());
  const headers = functionHeaders(request, id, rules.trustProxy, host);
  try {
    for (let attempt = 0; attempt < tries; attempt++) {
      if (attempt > 0) await rules.clock.sleep(retryMs, over.signal);
      const place = await pool.acquire(over.signal);
      const timed = limitTime(pool, rules.clock, over);
      const target = {
        port: place.port,
        path: full,
        headers,
        functionName: pool.spec.process.name,
        signal: timed,
        lost: place.suspect,
      };
      const end = await relay(request, response, { ...target, maxBodyBytes: rules.maxBodyBytes }).finally(
        place.giveBack,
      );
      if (end === 'over') return;
    }
    refuse(request, response, 502, `${pool.spec.process.name} takes no connections; try again`);
  } catch (error) {
    if (!(error instanceof Unavailable)) return gone(response, error);
    sendProblem(response, error.status, error.message, { 'retry-after': String(error.retryAfterSeconds) });
    discardRest(request);
  }
}

/** Aborts a request when its function has had it for longer than it may. */
function limitTime({ spec }: ServicePool, clock: Clock, over: AbortController): AbortSignal {
  const { process, timeoutMs } = spec;
  const late = new Unavailable(504, `${process.name} did not answer within ${timeoutMs / 1000} s`);
  void clock.sleep(timeoutMs, over.signal).then(() => over.abort(late));
  return over.signal;
}

/** A caller that went away while it waited needs no answer; anything else is an error of ours. */
function gone(response: ServerResponse, error: unknown): void {
  if (!response.destroyed) throw error;
}
