import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Database } from '#shared/db/database.ts';
import { completePart } from '#shared/db/complete-part.ts';
import { dismissJob } from '#shared/db/end-job.ts';
import { claimStitching, finishJob } from '#shared/db/job-lease.ts';
import { claimPart } from '#shared/db/part-lease.ts';
import { defaultIssuer } from '#shared/domain/user-token.ts';
import type { Role } from '#shared/domain/user.ts';
import { createLogger } from '#shared/http/logger.ts';
import { localKeys } from '#shared/http/remote-keys.ts';
import { directoryStore } from '#shared/storage/directory-store.ts';
import { eachDatabase } from '#shared/testing/databases.ts';
import { createShare } from '#shared/db/shares.ts';
import { defaultLeaseTimes, makeUser, partKeyOf, runningJob } from '#shared/testing/job-fixtures.ts';
import { signAccessToken } from '../auth/access-token.ts';
import { newSigningKey, parseSigningKey, type SigningKey } from '../auth/signing-key.ts';
import { createStatusApp } from './app.ts';
import { watchJobs } from './job-watch.ts';

const folder = mkdtempSync(join(tmpdir(), 'geocrop-status-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

eachDatabase((_name, open) => {
  const store = directoryStore(folder);
  let db: Database;
  let key: SigningKey;
  let shutdown: AbortController;
  const lines: string[] = [];
  let app: ReturnType<typeof createStatusApp>;

  beforeAll(async () => {
    db = open({ maxConnections: 10 });
    key = await parseSigningKey(await newSigningKey());
    shutdown = new AbortController();
    app = createStatusApp({
      db,
      store,
      tokens: { issuer: defaultIssuer, keys: localKeys({ keys: [key.publicJwk] }) },
      version: '1',
      logger: createLogger((line) => lines.push(line)),
      shutdown: shutdown.signal,
      pollMs: 20,
    });
  });

  const headersOf = async (id: string, role: Role) => ({
    authorization: `Bearer ${await signAccessToken({ id, name: 'someone', role }, key, defaultIssuer)}`,
  });
  const newOwner = async (role: Role = 'analyst') => {
    const id = await makeUser(db, role);
    return { id, headers: await headersOf(id, role) };
  };

  async function complete(part: string): Promise<void> {
    const lease = await claimPart(db, part, 'worker', defaultLeaseTimes);
    await completePart(db, lease!, {});
  }

  async function finish(id: string): Promise<void> {
    const job = await claimStitching(db, id);
    await finishJob(db, job!, { files: [] });
  }

  const idsOf = (text: string) => [...text.matchAll(/^id: (\d+)$/gm)].map(([, id]) => Number(id));
  const typesOf = (text: string) => [...text.matchAll(/^event: (\w+)$/gm)].map(([, type]) => type);

  describe('the events of a job', () => {
    test('come as they happen, and the stream ends with the job', async () => {
      const { id: owner, headers } = await newOwner();
      const parts = [partKeyOf(), partKeyOf()];
      const { id } = await runningJob(db, owner, parts);
      const stream = (await app.request(`/status/${id}/events`, { headers })).text();
      for (const part of parts) {
        await sleep(60);
        await complete(part);
      }
      await sleep(60);
      await finish(id);
      const text = await stream;
      expect(typesOf(text).filter((type) => type !== 'progress')).toEqual([
        'accepted',
        'planned',
        'part',
        'part',
        'stitching',
        'successful',
      ]);
      expect(text).toContain('"partsDone":1');
      expect(idsOf(text)).toEqual(idsOf(text).toSorted((a, b) => a - b));
      for (const [index, last] of idsOf(text).entries()) {
        const rest = await app.request(`/status/${id}/events`, { headers: { ...headers, 'last-event-id': `${last}` } });
        expect(idsOf(await rest.text())).toEqual(idsOf(text).slice(index + 1));
      }
    });

    test('of many jobs reach many streams; the database is asked for all of them at once', async () => {
      const { id: owner, headers } = await newOwner('admin');
      const jobs = await Promise.all(Array.from({ length: 3 }, () => runningJob(db, owner, [partKeyOf()])));
      const streams = Array.from({ length: 300 }, async (_, i) =>
        (await app.request(`/status/${jobs[i % 3].id}/events`, { headers })).text(),
      );
      await sleep(300);
      for (const { id } of jobs) await dismissJob(db, id);
      const texts = await Promise.all(streams);
      expect(lines.filter((line) => line.includes('Events:Failed'))).toEqual([]);
      for (const text of texts) expect(typesOf(text).at(-1)).toBe('dismissed');
    });

    test.each(['x', '-1', '1.5', '99999999999999999999'])('Last-Event-ID %s is refused', async (last) => {
      const { id: owner, headers } = await newOwner();
      const { id } = await runningJob(db, owner, [partKeyOf()]);
      const reply = await app.request(`/status/${id}/events`, { headers: { ...headers, 'last-event-id': last } });
      expect([reply.status, ((await reply.json()) as { field: string }).field]).toEqual([400, 'Last-Event-ID']);
    });
  });

  describe('what streams share', () => {
    test('is one read for all that ask at the same time', async () => {
      const { id } = await runningJob(db, await makeUser(db, 'analyst'), [partKeyOf()]);
      const watch = watchJobs(db, 20);
      const [one, other] = await Promise.all([watch.events(id, 0), watch.events(id, 0)]);
      expect(other).toBe(one);
    });

    test('is not kept after it was read, while no stream waits', async () => {
      const { id } = await runningJob(db, await makeUser(db, 'analyst'), [partKeyOf()]);
      const watch = watchJobs(db, 20);
      const before = await watch.events(id, 0);
      await dismissJob(db, id);
      expect(await watch.events(id, 0)).toHaveLength(before.length + 1);
    });

    test('is read again after a read that failed', async () => {
      const { id } = await runningJob(db, await makeUser(db, 'analyst'), [partKeyOf()]);
      const watch = watchJobs(db, 20);
      await sql`ALTER TABLE events RENAME TO events_away`.execute(db);
      await expect(watch.events(id, 0)).rejects.toThrow('events');
      await sql`ALTER TABLE events_away RENAME TO events`.execute(db);
      expect(await watch.events(id, 0)).not.toEqual([]);
    });
  });

  describe('a file of a result', () => {
    const bytes = Buffer.from('0123456789');
    let path: string;
    let headers: Record<string, string>;
    beforeAll(async () => {
      const owner = await newOwner();
      const part = partKeyOf();
      const { id } = await runningJob(db, owner.id, [part]);
      headers = owner.headers;
      path = `/status/${id}/results/map.tif`;
      expect((await app.request(path, { headers })).status).toBe(409);
      await complete(part);
      await finish(id);
      await store.put(`results/${id}/map.tif`, bytes);
    });

    test.each<[string | null, number, string]>([
      [null, 200, '0123456789'],
      ['bytes=2-4', 206, '234'],
      ['bytes=7-', 206, '789'],
      ['bytes=-3', 206, '789'],
      ['bytes=0-99', 206, '0123456789'],
      ['bytes=0-1,4-5', 200, '0123456789'],
      ['lines=1-2', 200, '0123456789'],
    ])('for the range %s', async (range, status, text) => {
      const reply = await app.request(path, { headers: { ...headers, ...(range ? { range } : {}) } });
      expect([reply.status, await reply.text()]).toEqual([status, text]);
    });

    test('beyond its end, of an unknown name, and of another user', async () => {
      expect((await app.request(path, { headers: { ...headers, range: 'bytes=10-' } })).status).toBe(416);
      for (const name of ['map.png', 'secret.txt', '..%2f..%2fsession.json']) {
        const { status } = await app.request(path.replace('map.tif', name), { headers });
        expect([name, [400, 404].includes(status)]).toEqual([name, true]);
      }
      expect((await app.request(path, { headers: (await newOwner()).headers })).status).toBe(404);
      expect((await app.request(path, { headers: (await newOwner('admin')).headers })).status).toBe(200);
    });
  });

  describe('a share', () => {
    let owner: string;
    let id: string;
    let part: string;
    let share: string;
    beforeAll(async () => {
      owner = (await newOwner()).id;
      part = partKeyOf();
      ({ id } = await runningJob(db, owner, [part]));
      share = (await createShare(db, { jobId: id, createdBy: owner, days: 1 })).key;
      await complete(part);
      await finish(id);
      await store.put(`results/${id}/map.tif`, Buffer.from('map'));
    });
    const paths = () => ['', '/events', '/results', '/results/map.tif'].map((end) => `/status/${id}${end}`);

    test('reads state, events and results of its job without a token', async () => {
      for (const path of paths()) {
        const reply = await app.request(`${path}?share=${share}`);
        expect([path, reply.status]).toEqual([path, 200]);
        await reply.text();
      }
      expect(lines.join('')).not.toContain(share);
    });

    test('reads nothing else, and nothing is read without it', async () => {
      const other = await runningJob(db, owner, [partKeyOf()]);
      const stranger = await newOwner();
      for (const path of paths()) {
        const foreign = path.replace(id, other.id);
        expect((await app.request(`${foreign}?share=${share}`)).status).toBe(404);
        expect((await app.request(`${path}?share=${'A'.repeat(43)}`)).status).toBe(404);
        expect((await app.request(path, { headers: stranger.headers })).status).toBe(404);
        for (const query of ['', '?share='])
          expect((await app.request(path + query)).headers.get('www-authenticate')).toMatch(/^Bearer/);
        expect((await app.request(path)).status).toBe(401);
      }
    });

    test('does not hide that a token is bad: a client must refresh it', async () => {
      const reply = await app.request(`/status/${id}?share=${share}`, { headers: { authorization: 'Bearer x.y.z' } });
      expect(reply.status).toBe(401);
    });

    test('that is over opens no route', async () => {
      await db.updateTable('users').set({ disabled: true }).where('id', '=', owner).execute();
      for (const path of paths()) expect((await app.request(`${path}?share=${share}`)).status).toBe(404);
    });
  });

  test('streams end when the process is told to', async () => {
    const { id: owner, headers } = await newOwner();
    const { id } = await runningJob(db, owner, [partKeyOf()]);
    const stream = (await app.request(`/status/${id}/events`, { headers })).text();
    await sleep(50);
    shutdown.abort();
    expect(typesOf(await stream)).toContain('planned');
  });
});
