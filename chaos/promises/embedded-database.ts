import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { embeddedTemplates } from '#shared/testing/postgres-templates.ts';
import type { ChaosIo, ChaosPromise } from '../promise.ts';
import { lookFor, writeUntilItBreaks } from '../world/acknowledged-rows.ts';

const writers = 3;
const openMs = 60_000;
const program = fileURLToPath(new URL('../world/open-embedded.ts', import.meta.url));

/** Kills the embedded database while rows are written, a tenth of the times while it opens. */
export const embeddedDatabase: ChaosPromise = {
  name: 'embedded-database',
  goal: 200,
  least: 2,
  async run(kills, io) {
    cpSync(join(await embeddedTemplates(), 'empty'), join(io.folder, 'home'), { recursive: true });
    const acknowledged = new Set<number>();
    const lost = new Set<number>();
    let opens = 0;
    for (let n = 0; n < kills; n++) {
      if (await killOnce(n, acknowledged, lost, io)) opens++;
      if ((n + 1) % 10 === 0) io.say(`${n + 1} of ${kills} kills, ${acknowledged.size} rows acknowledged`);
    }
    // What the last kill left is looked at as well.
    await killOnce(-1, acknowledged, lost, io);
    const rows = acknowledged.size;
    return [
      { promise: 'the embedded database killed: it opens again', tried: kills, kept: opens, goal: kills },
      { promise: 'its acknowledged rows are there', tried: rows, kept: rows - lost.size, goal: kills },
    ];
  },
};

/** Opens it, looks for everything that was acknowledged, writes and kills it; false where it did not open. */
async function killOnce(n: number, acknowledged: Set<number>, lost: Set<number>, io: ChaosIo): Promise<boolean> {
  const isWhileOpening = n % 10 === 9;
  const child = spawn(process.execPath, [program, join(io.folder, 'home'), join(io.folder, 's')], {
    env: {},
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  const ended = once(child, 'exit');
  try {
    if (isWhileOpening) return await sleep(2000 * io.random(), true);
    const line = once(createInterface(child.stdout!), 'line') as Promise<[string]>;
    const opened = await Promise.race([line, ended.then(() => null), sleep(openMs, null, { ref: false })]);
    if (!opened) return false;
    await lookFor(opened[0], acknowledged, lost);
    const writing = Array.from({ length: writers }, () => writeUntilItBreaks(opened[0], acknowledged));
    await sleep(50 + 350 * io.random());
    child.kill('SIGKILL');
    await Promise.all(writing);
    return true;
  } finally {
    child.kill('SIGKILL');
    await ended;
  }
}
