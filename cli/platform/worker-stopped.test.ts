import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openDatabase, type Database } from '#shared/db/database.ts';
import { fromUtm } from '#shared/domain/utm.ts';
import { defaultLeaseTimes } from '#shared/testing/job-fixtures.ts';
import { madeSeason } from '#shared/testing/made-season.ts';
import { innerCorners } from '#shared/testing/season-areas.ts';
import { serveFolder } from '#shared/testing/static-server.ts';
import { tinyHome, workFolder } from '#shared/testing/work-folder.ts';
import { logInAdmin } from './testing/api-user.ts';
import {
  databaseUrl,
  endPlatforms,
  functionProcesses,
  logged,
  startPlatform,
  writeSources,
  type TestPlatform,
} from './testing/test-platform.ts';

const folder = workFolder('worker-stopped');
const home = tinyHome(folder);
/** While the gate is shut, images are asked for in vain: whoever computes a part is in the middle of it. */
const gate = { isShut: true, asked: 0 };
let platform: TestPlatform;
let db: Database;

beforeAll(async () => {
  const { out } = await madeSeason(3, 2, 10);
  const { address } = await serveFolder(out, ({ url }) => {
    const isHeld = gate.isShut && Boolean(url?.endsWith('.tif'));
    if (isHeld) gate.asked++;
    return isHeld;
  });
  const sources = writeSources(folder, { slow: `${address}/collection.json` }, [new URL(address).host]);
  platform = await startPlatform(home, { GEOCROP_SOURCES: sources });
  db = openDatabase({ url: databaseUrl(home) });
}, 240_000);

afterAll(async () => {
  await db?.destroy();
  endPlatforms();
});

async function until<T>(look: () => T | Promise<T>, isThere: (found: Awaited<T>) => boolean): Promise<Awaited<T>> {
  for (const end = Date.now() + 60_000; ; await sleep(50)) {
    const found = await look();
    if (isThere(found)) return found;
    if (Date.now() > end) throw new Error(`waited in vain; there is ${JSON.stringify(found)}`);
  }
}

test(
  'SIGTERM in the middle of a part hands it back uncounted; another worker takes it at once',
  {
    timeout: 120_000,
  },
  async () => {
    const user = await logInAdmin(platform.url, home);
    const [x, y] = innerCorners[0];
    const [lon, lat] = fromUtm({ zone: 31, north: true }, x - 2560, y - 2560);
    const inputs = { year: 2019, season: 'northern-summer', model: 'tiny', source: 'slow' };
    const id = await user.submit({ ...inputs, aoi: { lon, lat, radius_m: 200 } });
    const part = () => db.selectFrom('parts').selectAll().executeTakeFirst();
    await until(
      () => gate.asked,
      (asked) => asked > 0,
    );
    const first = (await part())!;
    expect(first).toMatchObject({ state: 'leased', tries: 1 });
    const pid = Number(first.leased_by!.split('/')[1]);
    expect(first.leased_by).toBe(`${hostname()}/${pid}`);
    expect(functionProcesses(home)).toContainEqual(expect.objectContaining({ pid, name: 'infer' }));

    gate.isShut = false;
    const began = performance.now();
    process.kill(pid, 'SIGTERM');
    const second = (await until(part, (found) => found?.lease !== first.lease))!;
    const taken = performance.now() - began;
    process.stdout.write(`a part handed back was taken after ${Math.round(taken)} ms\n`);
    // Far sooner than the lease would have run out.
    expect(taken).toBeLessThan((defaultLeaseTimes.leaseSeconds * 1000) / 3);
    expect(Number(second.lease)).toBe(Number(first.lease) + 1);
    expect(second.tries).toBe(1);
    expect(second.leased_by ?? '').not.toBe(first.leased_by);
    expect((await user.finished(id)).status).toBe('successful');
    expect(await part()).toMatchObject({ state: 'done', lease: second.lease, tries: 1 });
    expect(logged(home, 'Part:Done')).toEqual([expect.objectContaining({ part: first.key, tries: 1 })]);
    expect(functionProcesses(home).map((found) => found.pid)).not.toContain(pid);
  },
);
