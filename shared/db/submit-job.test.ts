import { sql } from 'kysely';
import { beforeAll, expect, test } from 'vitest';
import { eachDatabase } from '#shared/testing/databases.ts';
import { defaultQuotas, makeUser, submission } from '#shared/testing/job-fixtures.ts';
import type { Database } from './database.ts';
import { deleteJob, dismissJob, failJob, retryJob } from './end-job.ts';
import { findJob, ownJob } from './job-row.ts';
import { listJobs } from './list-jobs.ts';
import { submitJob } from './submit-job.ts';

eachDatabase((_name, open) => {
  let db: Database;
  beforeAll(() => {
    db = open({ maxConnections: 20 });
  });
  const submit = (owner: string, key?: string, body?: string) =>
    submitJob(db, submission(owner, key ?? null, body), defaultQuotas);

  test('50 parallel submissions of a recruiter: exactly 5 are accepted', async () => {
    const owner = await makeUser(db, 'recruiter');
    const outcomes = await Promise.allSettled(Array.from({ length: 50 }, () => submit(owner)));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(5);
    const refused = outcomes.filter((outcome) => outcome.status === 'rejected');
    expect(new Set(refused.map(({ reason }) => reason.code))).toEqual(new Set(['quota-exceeded']));
    const { rows } = await sql<{ n: number }>`SELECT count(*)::int AS n FROM jobs WHERE owner = ${owner}`.execute(db);
    expect(rows[0].n).toBe(5);
  });

  test('cancelling and deleting give nothing back, a failure of the system does, and one of the request does not', async () => {
    const owner = await makeUser(db, 'recruiter');
    const jobs = await Promise.all(Array.from({ length: 5 }, () => submit(owner)));
    const ids = jobs.map(({ job }) => job.id);
    await dismissJob(db, ids[0]);
    await deleteJob(db, ids[0]);
    await failJob(db, ids[1], { code: 'no-scenes', message: 'none' }, 'user');
    await expect(submit(owner)).rejects.toMatchObject({ code: 'quota-exceeded' });
    await failJob(db, ids[2], { code: 'source-unavailable', message: 'down' }, 'system');
    await submit(owner);
    await expect(submit(owner)).rejects.toMatchObject({ code: 'quota-exceeded' });
    await expect(retryJob(db, ids[2], owner, defaultQuotas)).rejects.toMatchObject({ code: 'quota-exceeded' });
    await retryJob(db, ids[1], owner, defaultQuotas);
    expect(await findJob(db, ids[1], owner)).toMatchObject({ state: 'accepted', attempt: 2, error: null });
    await expect(retryJob(db, ids[1], owner, defaultQuotas)).rejects.toMatchObject({ code: 'conflict' });
  });

  test('an analyst has so many open jobs, and one more when one ends; an admin has no limit', async () => {
    const quotas = { recruiterJobs: 5, analystOpenJobs: 3 };
    const analyst = await makeUser(db, 'analyst');
    const outcomes = await Promise.allSettled(
      Array.from({ length: 12 }, () => submitJob(db, submission(analyst), quotas)),
    );
    const accepted = outcomes.filter((outcome) => outcome.status === 'fulfilled');
    expect(accepted).toHaveLength(3);
    await dismissJob(db, accepted[0].value.job.id);
    await submitJob(db, submission(analyst), quotas);
    const admin = await makeUser(db, 'admin');
    const many = await Promise.all(Array.from({ length: 60 }, () => submitJob(db, submission(admin), quotas)));
    expect(many).toHaveLength(60);
  });

  test('the same key and body is the same job, however often and however parallel; another body is refused', async () => {
    const owner = await makeUser(db, 'recruiter');
    const answers = await Promise.all(Array.from({ length: 20 }, () => submit(owner, 'key-1', 'a')));
    expect(new Set(answers.map(({ job }) => job.id)).size).toBe(1);
    expect(answers.filter(({ isNew }) => isNew)).toHaveLength(1);
    await expect(submit(owner, 'key-1', 'b')).rejects.toMatchObject({ code: 'idempotency-mismatch' });
    const other = await makeUser(db, 'recruiter');
    const { job, isNew } = await submit(other, 'key-1', 'b');
    expect(isNew).toBe(true);
    await dismissJob(db, job.id);
    await deleteJob(db, job.id);
    await expect(submit(other, 'key-1', 'b')).rejects.toMatchObject({ code: 'conflict' });
  });

  test("a disabled account is refused; another's job is not to be found, an admin finds it", async () => {
    const owner = await makeUser(db, 'analyst');
    const { job } = await submit(owner);
    const principal = (id: string, role: 'admin' | 'analyst') => ({ id, name: 'x', role });
    await expect(ownJob(db, job.id, principal(await makeUser(db, 'analyst'), 'analyst'))).rejects.toMatchObject({
      code: 'not-found',
    });
    expect((await ownJob(db, job.id, principal(await makeUser(db, 'admin'), 'admin'))).id).toBe(job.id);
    await db.updateTable('users').set({ disabled: true }).where('id', '=', owner).execute();
    await expect(submit(owner)).rejects.toMatchObject({ code: 'forbidden' });
  });

  test('lists page by page, new ones first, each job once', async () => {
    const owner = await makeUser(db, 'admin');
    for (let i = 0; i < 7; i++) await submit(owner);
    const seen: string[] = [];
    let after: string | undefined;
    do {
      const page = await listJobs(db, { owner, limit: 3, after });
      seen.push(...page.jobs.map(({ id }) => id));
      after = page.next ?? undefined;
    } while (after);
    expect(new Set(seen).size).toBe(7);
    expect(seen).toHaveLength(7);
    const { rows } = await sql<{
      id: string;
    }>`SELECT id FROM jobs WHERE owner = ${owner} ORDER BY created_at DESC, id DESC`.execute(db);
    expect(seen).toEqual(rows.map(({ id }) => id));
  });
});
