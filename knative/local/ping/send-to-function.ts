import { request as connect } from 'node:http';
import type { Clock } from '../clock.ts';
import type { ServicePool } from '../service/service-pool.ts';
import type { PingDelivery } from './ping-source.ts';

/** Posts an event right to a function, past the gateway, and returns the status of its answer. */
export async function sendToFunction(
  pool: ServicePool,
  delivery: PingDelivery,
  clock: Clock,
  signal: AbortSignal,
): Promise<number> {
  const place = await pool.acquire(signal);
  const over = new AbortController();
  const late = new Error(`did not answer within ${pool.spec.timeoutMs / 1000} s`);
  void clock.sleep(pool.spec.timeoutMs, over.signal).then(() => over.abort(late));
  try {
    return await post(place.port, delivery, AbortSignal.any([signal, over.signal]));
  } finally {
    over.abort();
    place.giveBack();
  }
}

function post(port: number, { path, headers, body }: PingDelivery, signal: AbortSignal): Promise<number> {
  return new Promise((resolve, reject) => {
    const length = String(Buffer.byteLength(body));
    const options = { host: '127.0.0.1', port, path, method: 'POST', agent: false, signal };
    const request = connect({ ...options, headers: { ...headers, 'content-length': length } }, (response) => {
      response.on('error', reject);
      response.on('end', () => resolve(response.statusCode ?? 0));
      response.resume();
    });
    request.on('error', (error) => reject(signal.aborted ? (signal.reason as Error) : error));
    request.end(body);
  });
}
