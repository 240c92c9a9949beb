import { freePort } from '../../services/server-process.ts';
import { startToxiproxy, type Toxic } from '../../services/toxiproxy.ts';
import type { ChaosIo } from '../promise.ts';
import { startFaultyProxy } from './faulty-proxy.ts';

export const troubles = ['503', 'resets', 'stalls', 'truncates'] as const;
export type Trouble = (typeof troubles)[number];

/** Of the requests, or of the connections. */
const shares: Record<Trouble, number> = { '503': 0.3, resets: 0.3, stalls: 0.1, truncates: 0.3 };

const toxics: Record<Exclude<Trouble, '503'>, Pick<Toxic, 'type' | 'attributes'>> = {
  resets: { type: 'reset_peer', attributes: { timeout: 0 } },
  stalls: { type: 'timeout', attributes: { timeout: 0 } },
  truncates: { type: 'limit_data', attributes: { bytes: 3000 } },
};

/** Between clients and servers, all on the loopback: trouble begins and ends when it is told to. */
export interface TroubledWays {
  /** The port that leads to the server on another one. */
  to(name: string, upstream: number): Promise<number>;
  /** Lets the way to one server be in trouble, for a share of what passes; for all of it where it is to be cut off. */
  trouble(name: string, kind: Trouble, isCutOff: boolean): Promise<void>;
  /** Requests refused and bytes lost on the way to a server, since the start. */
  harm(name: string): Promise<number>;
  peace(): Promise<void>;
  close(): Promise<void>;
}

export async function openTroubledWays(program: string, io: ChaosIo): Promise<TroubledWays> {
  const toxiproxy = await startToxiproxy(program, io.folder, await freePort());
  const refused = new Map<string, number>();
  const refusals = new Map<string, number>();
  const isRefused = (name: string, draw: number) => {
    const answer = draw < (refused.get(name) ?? 0);
    if (answer) refusals.set(name, (refusals.get(name) ?? 0) + 1);
    return answer;
  };
  const proxies: ReturnType<typeof startFaultyProxy>[] = [];
  return {
    async to(name, upstream) {
      const [way, proxy] = [await freePort(), await freePort()];
      proxies.push(startFaultyProxy(proxy, upstream, () => isRefused(name, io.random())));
      await toxiproxy.open(name, way, proxy);
      return way;
    },
    async trouble(name, kind, isCutOff) {
      const share = isCutOff ? 1 : shares[kind];
      if (kind === '503') refused.set(name, share);
      else await toxiproxy.poison(name, { ...toxics[kind], toxicity: share });
    },
    harm: async (name) => (refusals.get(name) ?? 0) + (await toxiproxy.lostBytes(name)),
    async peace() {
      refused.clear();
      await toxiproxy.heal();
    },
    async close() {
      await toxiproxy.stop();
      for (const proxy of proxies) {
        proxy.close();
        proxy.closeAllConnections();
      }
    },
  };
}
