import { Agent, get } from 'node:http';

/** What one run of requests took. */
export interface LoadResult {
  perSecond: number;
  /** Milliseconds. */
  p50: number;
  p99: number;
  bytes: number;
}

function request(url: string, agent: Agent): Promise<number> {
  return new Promise((resolve, reject) => {
    get(url, { agent }, (answer) => {
      let bytes = 0;
      answer.on('data', (data: Buffer) => (bytes += data.length));
      answer.on('end', () => {
        if (answer.statusCode === 200 || answer.statusCode === 204) resolve(bytes);
        else reject(new Error(`${url} answered ${answer.statusCode}`));
      });
    }).on('error', reject);
  });
}

const quantile = (sorted: number[], share: number) =>
  sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];

/** Asks for addresses on loopback, so many at a time over connections that stay open; every one must answer well. */
export async function load(urls: readonly string[], concurrency: number): Promise<LoadResult> {
  const agent = new Agent({ keepAlive: true, maxSockets: concurrency });
  const waiting = [...urls].reverse();
  const times: number[] = [];
  let bytes = 0;
  async function client(): Promise<void> {
    for (let url = waiting.pop(); url; url = waiting.pop()) {
      const begun = performance.now();
      const length = await request(url, agent);
      bytes += length;
      times.push(performance.now() - begun);
    }
  }
  const begun = performance.now();
  await Promise.all(Array.from({ length: concurrency }, client));
  const seconds = (performance.now() - begun) / 1000;
  agent.destroy();
  times.sort((a, b) => a - b);
  return { perSecond: urls.length / seconds, p50: quantile(times, 0.5), p99: quantile(times, 0.99), bytes };
}
