import { join } from 'node:path';
import { startServer, type ServerProcess } from './server-process.ts';

/** Trouble on the way of the bytes, as toxiproxy names it. */
export interface Toxic {
  type: 'reset_peer' | 'timeout' | 'limit_data';
  /** Share of the connections that it hits. */
  toxicity: number;
  attributes: Record<string, number>;
}

export interface Toxiproxy extends ServerProcess {
  /** Listens on a port of the loopback for another one. */
  open(name: string, port: number, upstream: number): Promise<void>;
  /** Adds trouble to what comes back. */
  poison(name: string, toxic: Toxic): Promise<void>;
  /** What of the server's bytes has not arrived, since the start. */
  lostBytes(name: string): Promise<number>;
  /** Takes all trouble away and closes the connections. */
  heal(): Promise<void>;
}

/** Starts toxiproxy with its own API on this port of the loopback. */
export async function startToxiproxy(program: string, folder: string, port: number): Promise<Toxiproxy> {
  const ask = async (method: string, path: string, body?: unknown) => {
    const options = body === undefined ? { method } : { method, body: JSON.stringify(body) };
    const reply = await fetch(`http://127.0.0.1:${port}${path}`, options);
    if (!reply.ok) throw new Error(`toxiproxy answers ${reply.status} to ${method} ${path}: ${await reply.text()}`);
    return reply.text();
  };
  const server = await startServer({
    name: 'toxiproxy',
    command: program,
    args: ['-host', '127.0.0.1', '-port', String(port), '-proxy-metrics'],
    cwd: folder,
    log: join(folder, 'toxiproxy.log'),
    isReady: () => ask('GET', '/version'),
  });
  return {
    ...server,
    async open(name, from, to) {
      await ask('POST', '/proxies', { name, listen: `127.0.0.1:${from}`, upstream: `127.0.0.1:${to}` });
    },
    async poison(name, toxic) {
      await ask('POST', `/proxies/${name}/toxics`, { name: toxic.type, stream: 'downstream', ...toxic });
    },
    async lostBytes(name) {
      const metrics = await ask('GET', '/metrics');
      const count = (what: string) => {
        const line = new RegExp(`^toxiproxy_proxy_${what}_bytes_total\\{direction="downstream".*proxy="${name}".* (\\S+)$`, 'm'); // prettier-ignore
        return Number(line.exec(metrics)?.[1] ?? 0);
      };
      return count('received') - count('sent');
    },
    async heal() {
      await ask('POST', '/reset');
    },
  };
}
