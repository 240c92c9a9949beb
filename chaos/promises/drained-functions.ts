import { setTimeout as sleep } from 'node:timers/promises';
import { join } from 'node:path';
import { logInAdmin, type ApiUser } from '../../cli/platform/testing/api-user.ts';
import { endPlatforms, functionProcesses, startPlatform } from '../../cli/platform/testing/test-platform.ts';
import type { ChaosIo, ChaosPromise } from '../promise.ts';
import { pick } from '#shared/testing/random-numbers.ts';

const clients = 12;
const names = ['auth', 'jobs', 'status'];
/** However few requests are sent and however fast, so many processes are told to stop among them. */
const leastStopped = (attempts: number) => Math.max(names.length, Math.ceil(attempts / 500));
/** The runtime takes a process that ends sooner for one that cannot start, and lets its successor wait. */
const settledMs = 11_000;
const nobody = '00000000-0000-4000-8000-000000000000';
/** Each by a function of its own, and what it answers. */
const requests = [
  { path: '/auth/me', status: 200 },
  { path: '/jobs?limit=1', status: 200 },
  { path: `/status/${nobody}`, status: 404 },
];

/** Sends SIGTERM to functions while requests come by the runtime's gateway. */
export const drainedFunctions: ChaosPromise = {
  name: 'drained-functions',
  needs: ['PostgreSQL'],
  goal: 10_000,
  least: 300,
  async run(attempts, io) {
    const home = join(io.folder, 'home');
    const platform = await startPlatform(home, { DATABASE_URL: await io.newDatabase() });
    const over = new AbortController();
    try {
      const user = await logInAdmin(platform.url, home);
      const stopped = new Set<number>();
      const stopping = stopFunctions(home, io, over.signal, stopped);
      const { asked, kept } = await ask(user, io, (count) => count < attempts || stopped.size < leastStopped(attempts));
      over.abort();
      await stopping;
      io.say(`${stopped.size} processes were told to stop`);
      return { promise: 'SIGTERM under load: every request is answered as without it', tried: asked, kept };
    } finally {
      over.abort();
      await platform.interrupt();
      endPlatforms();
    }
  },
};

async function ask(user: ApiUser, io: ChaosIo, isMore: (asked: number) => boolean) {
  let asked = 0;
  let kept = 0;
  const client = async () => {
    while (isMore(asked)) {
      const n = asked++;
      const { path, status } = requests[n % requests.length];
      const answer = await answerOf(user, path);
      if (answer === String(status)) kept++;
      else io.say(`${path}: ${answer}`);
      if (n % 1000 === 999) io.say(`${n + 1} requests`);
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  return { asked, kept };
}

/** Its status, read to its end, or how it failed. */
async function answerOf(user: ApiUser, path: string): Promise<string> {
  try {
    const response = await user.fetch(path);
    const text = await response.text();
    return response.status >= 500 ? `${response.status} ${text.slice(0, 200)}` : String(response.status);
  } catch (error) {
    return `${(error as Error).message}: ${String((error as Error).cause)}`;
  }
}

/** Stops processes that serve, each once: one that is still starting has no request to lose. */
async function stopFunctions(home: string, io: ChaosIo, signal: AbortSignal, stopped: Set<number>): Promise<void> {
  const seen = new Map<number, number>();
  while (!signal.aborted) {
    await sleep(200 + 600 * io.random(), undefined, { signal }).catch(() => {});
    const serving = functionProcesses(home)
      .filter(({ name }) => names.includes(name))
      .map(({ pid }) => pid);
    for (const pid of serving) if (!seen.has(pid)) seen.set(pid, Date.now());
    const ripe = serving.filter((pid) => !stopped.has(pid) && Date.now() - seen.get(pid)! > settledMs);
    if (signal.aborted || ripe.length === 0) continue;
    const pid = pick(io.random, ripe);
    process.kill(pid, 'SIGTERM');
    stopped.add(pid);
  }
}
