import { sql } from 'kysely';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Database } from '#shared/db/database.ts';
import { deleteJob, dismissJob } from '#shared/db/end-job.ts';
import { ownJob, readableJob } from '#shared/db/job-row.ts';
import { createShare, jobOfShare, maxSharesOfJob } from '#shared/db/shares.ts';
import type { Principal } from '#shared/domain/user.ts';
import { eachDatabase } from '#shared/testing/databases.ts';
import { partKeyOf, runningJob } from '#shared/testing/job-fixtures.ts';
import { jobsWorld, type Headers, type JobsWorld } from './testing/jobs-world.ts';

const body = (value: unknown) => ({ method: 'POST', body: JSON.stringify(value) });
const json = { 'content-type': 'application/json' };

eachDatabase((_name, open) => {
  let db: Database;
  let world: JobsWorld;
  beforeAll(async () => {
    db = open({ maxConnections: 20 });
    world = await jobsWorld(db);
  });

  async function sharedJob(): Promise<{ id: string; owner: Principal; headers: Headers }> {
    const { user, headers } = await world.newUser();
    const { id } = await runningJob(db, user.id, [partKeyOf()]);
    return { id, owner: user, headers };
  }
  const share = async (id: string, headers: Headers, wanted: unknown = {}) =>
    world.send(`/jobs/${id}/shares`, { ...body(wanted), headers: { ...headers, ...json } });

  test('a share is a key that is told once, and lies in the database as its hash alone', async () => {
    const { id, headers } = await sharedJob();
    const made = await share(id, headers, { days: 7 });
    expect(made.status).toBe(201);
    const { key, url, expires, id: shareId } = made.body as Record<string, string>;
    expect(key).toMatch(/^[\w-]{43}$/);
    expect(url).toBe(`/app/jobs/${id}?share=${key}`);
    expect(Math.abs(Date.parse(expires) - Date.now() - 7 * 86_400_000)).toBeLessThan(60_000);
    const { body: listed } = await world.send(`/jobs/${id}/shares`, { headers });
    expect(listed).toEqual({ shares: [{ id: shareId, created: expect.any(String), expires }] });
    const rows = await db.selectFrom('shares').selectAll().where('job_id', '=', id).execute();
    expect(rows[0].key_hash.includes(key)).toBe(false);
    expect(rows[0].key_hash.toString('hex').startsWith(shareId)).toBe(true);
    expect(world.lines.join('')).not.toContain(key);
  });

  test('it lasts thirty days where nobody says otherwise, and needs no body', async () => {
    const { id, headers } = await sharedJob();
    const made = await world.send(`/jobs/${id}/shares`, { method: 'POST', headers });
    expect(made.status).toBe(201);
    const days = (Date.parse(made.body.expires as string) - Date.now()) / 86_400_000;
    expect(days).toBeCloseTo(30, 1);
  });

  test.each([[0], [366], [1.5], ['7'], [-1], [null]])('days %j are refused by name', async (days) => {
    const { id, headers } = await sharedJob();
    const answer = await share(id, headers, { days });
    expect([answer.status, answer.body.code, answer.body.field]).toEqual([400, 'invalid-request', 'days']);
  });

  test('only the owner and admins make, see and revoke shares; for others the job is not there', async () => {
    const { id, headers } = await sharedJob();
    const made = (await share(id, headers)).body as Record<string, string>;
    const stranger = (await world.newUser()).headers;
    const withKey = `?share=${made.key}`;
    for (const [who, query, status] of [
      [stranger, '', 404],
      [stranger, withKey, 404],
      [{}, withKey, 401],
      [{}, '', 401],
    ] as const)
      for (const [method, path] of [
        ['POST', `/jobs/${id}/shares`],
        ['GET', `/jobs/${id}/shares`],
        ['DELETE', `/jobs/${id}/shares/${made.id}`],
      ])
        expect([method, (await world.send(path + query, { method, headers: who })).status]).toEqual([method, status]);
    const { headers: admin } = await world.newUser('admin');
    expect((await world.send(`/jobs/${id}/shares`, { headers: admin })).status).toBe(200);
    expect((await share(id, admin)).status).toBe(201);
    expect(await jobOfShare(db, made.key)).toBe(id);
  });

  test('with a share nothing is cancelled, deleted, repeated, listed or quoted', async () => {
    const { id, headers } = await sharedJob();
    const { key } = (await share(id, headers)).body;
    for (const [method, path] of [
      ['DELETE', `/jobs/${id}`],
      ['POST', `/jobs/${id}/retry`],
      ['GET', `/jobs/${id}`],
      ['GET', '/jobs'],
      ['GET', '/jobs/quota'],
      ['POST', '/processes/crop-map/quote'],
      ['POST', '/processes/crop-map/execution'],
    ])
      expect([path, (await world.send(`${path}?share=${key}`, { method })).status]).toEqual([path, 401]);
    expect((await world.send(`/jobs/${id}`, { headers })).body.status).toBe('running');
  });

  test('a revoked share opens nothing, at once, and is not listed', async () => {
    const { id, headers } = await sharedJob();
    const { key, id: shareId } = (await share(id, headers)).body as Record<string, string>;
    const other = await sharedJob();
    const revoke = (job: string, who: Headers, which = shareId) =>
      world.send(`/jobs/${job}/shares/${which}`, { method: 'DELETE', headers: who });
    expect((await revoke(other.id, other.headers)).status).toBe(404);
    expect(await jobOfShare(db, key)).toBe(id);
    expect((await revoke(id, headers)).status).toBe(204);
    expect(await jobOfShare(db, key)).toBeNull();
    expect((await revoke(id, headers)).status).toBe(404);
    expect((await revoke(id, headers, 'x')).body).toMatchObject({ code: 'invalid-request', field: 'shareId' });
    expect((await world.send(`/jobs/${id}/shares`, { headers })).body).toEqual({ shares: [] });
  });

  describe('a share is read as its job', () => {
    const refused = { code: 'not-found', field: 'id' };
    const keyOf = async (id: string, owner: Principal) =>
      (await createShare(db, { jobId: id, createdBy: owner.id, days: 1 })).key;

    test('by its key, of that job and no other', async () => {
      const { id, owner } = await sharedJob();
      const key = await keyOf(id, owner);
      const other = await sharedJob();
      expect((await readableJob(db, id, { share: key })).id).toBe(id);
      expect((await readableJob(db, id.toUpperCase(), { share: key })).id).toBe(id);
      await expect(readableJob(db, other.id, { share: key })).rejects.toMatchObject(refused);
      await expect(readableJob(db, crypto.randomUUID(), { share: key })).rejects.toMatchObject(refused);
    });

    test('by whoever else is logged in, too; their own jobs stay theirs', async () => {
      const { id, owner } = await sharedJob();
      const other = await sharedJob();
      const viewer = { user: other.owner, share: await keyOf(id, owner) };
      expect((await readableJob(db, id, viewer)).id).toBe(id);
      expect((await readableJob(db, other.id, viewer)).id).toBe(other.id);
      await expect(readableJob(db, id, { user: other.owner })).rejects.toMatchObject(refused);
      await expect(ownJob(db, id, other.owner)).rejects.toMatchObject(refused);
    });

    test('not once it has expired', async () => {
      const { id, owner } = await sharedJob();
      const key = await keyOf(id, owner);
      await db
        .updateTable('shares')
        .set({ expires_at: sql<Date>`now() - interval '1 second'` })
        .where('job_id', '=', id)
        .execute();
      await expect(readableJob(db, id, { share: key })).rejects.toMatchObject(refused);
    });

    test('not where its maker is disabled, nor where an admin who made it is none any more', async () => {
      const { id, owner } = await sharedJob();
      const { user: admin } = await world.newUser('admin');
      const keys = [await keyOf(id, owner), await keyOf(id, admin)];
      await db.updateTable('users').set({ disabled: true }).where('id', '=', owner.id).execute();
      await db.updateTable('users').set({ role: 'analyst' }).where('id', '=', admin.id).execute();
      for (const key of keys) await expect(readableJob(db, id, { share: key })).rejects.toMatchObject(refused);
    });

    test('not when the job is deleted', async () => {
      const { id, owner } = await sharedJob();
      const key = await keyOf(id, owner);
      await dismissJob(db, id);
      expect((await readableJob(db, id, { share: key })).state).toBe('dismissed');
      await deleteJob(db, id);
      await expect(readableJob(db, id, { share: key })).rejects.toMatchObject(refused);
    });

    test.each(['', 'x', 'A'.repeat(43), '%00', "' OR 1=1 --", 'ä'.repeat(43), 'A'.repeat(5000)])(
      'not by %j',
      async (key) => {
        const { id } = await sharedJob();
        await expect(readableJob(db, id, { share: key })).rejects.toMatchObject(refused);
      },
    );

    test('not by nothing at all', async () => {
      const { id } = await sharedJob();
      await expect(readableJob(db, id, {})).rejects.toMatchObject(refused);
    });
  });

  test('a job has so many shares and no more, however many are asked for at once', async () => {
    const { id, owner, headers } = await sharedJob();
    for (let i = 0; i < maxSharesOfJob - 3; i++) await createShare(db, { jobId: id, createdBy: owner.id, days: 1 });
    const answers = await Promise.all(Array.from({ length: 8 }, () => share(id, headers)));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(3);
    expect(answers.find(({ status }) => status !== 201)).toMatchObject({ status: 409, body: { code: 'conflict' } });
  });
});
