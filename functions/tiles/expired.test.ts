import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { jobId, owner, shareKey, tilesFixture } from './testing/tiles-fixture.ts';

const folder = mkdtempSync(join(tmpdir(), 'geocrop-expired-tiles-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('every layer of a job whose files were given up is gone, for its owner and for a share; a stranger sees none', async () => {
  const fixture = await tilesFixture(folder);
  fixture.job = { ...fixture.job, state: 'successful', expiredAt: new Date('2026-03-04T05:06:07Z') };
  const mine = await fixture.authorization(owner);
  for (const path of [
    `/tiles/layers?job=${jobId}`,
    `/tiles/layers/job-${jobId}-class/tilejson.json`,
    `/tiles/layers/job-${jobId}-scene/tilejson.json`,
    `/tiles/WebMercatorQuad/10/600/562.png?layer=job-${jobId}-class`,
  ]) {
    const reply = await fixture.get(path, mine);
    expect([path, reply.status, await reply.json()]).toMatchObject([
      path,
      410,
      { code: 'gone', detail: expect.stringContaining('send the request again') },
    ]);
  }
  const shared = await fixture.get(`/tiles/layers?job=${jobId}&share=${shareKey}`);
  expect(shared.status).toBe(410);
  const stranger = await fixture.get(`/tiles/layers?job=${jobId}`, await fixture.authorization(jobId));
  expect(stranger.status).toBe(404);
});
