import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterAll, expect, test } from 'vitest';
import { defaultIssuer } from '#shared/domain/user-token.ts';
import { createLogger } from '#shared/http/logger.ts';
import { localKeys } from '#shared/http/remote-keys.ts';
import { directoryStore } from '#shared/storage/directory-store.ts';
import { eachDatabase } from '#shared/testing/databases.ts';
import { makeUser, partKeyOf, runningJob } from '#shared/testing/job-fixtures.ts';
import { signAccessToken } from '../auth/access-token.ts';
import { newSigningKey, parseSigningKey } from '../auth/signing-key.ts';
import { createStatusApp } from './app.ts';

const folder = mkdtempSync(join(tmpdir(), 'geocrop-expired-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

eachDatabase((_, open) => {
  test('a job whose files were given up says so, and its results are gone', async () => {
    const db = open();
    const key = await parseSigningKey(await newSigningKey());
    const app = createStatusApp({
      db,
      store: directoryStore(folder),
      tokens: { issuer: defaultIssuer, keys: localKeys({ keys: [key.publicJwk] }) },
      version: '1',
      logger: createLogger(() => {}),
      shutdown: new AbortController().signal,
      pollMs: 50,
    });
    const id = await makeUser(db, 'analyst');
    const token = await signAccessToken({ id, name: 'someone', role: 'analyst' }, key, defaultIssuer);
    const job = await runningJob(db, id, [partKeyOf()]);
    await sql`UPDATE jobs SET state = 'successful', finished_at = now(), expired_at = '2026-03-04T05:06:07Z'
      WHERE id = ${job.id}`.execute(db);
    const ask = async (path: string) => {
      const reply = await app.request(path, { headers: { authorization: `Bearer ${token}` } });
      return { status: reply.status, body: (await reply.json()) as Record<string, unknown> };
    };
    expect(await ask(`/status/${job.id}`)).toMatchObject({
      status: 200,
      body: { status: 'successful', progress: 100, expired: '2026-03-04T05:06:07.000Z' },
    });
    for (const path of ['results', 'results/map.tif', 'results/classes.csv'])
      expect([path, await ask(`/status/${job.id}/${path}`)]).toMatchObject([
        path,
        {
          status: 410,
          body: {
            code: 'gone',
            detail: expect.stringMatching(/were removed on 2026-03-04, .* send the request again/),
          },
        },
      ]);
    // One that failed never had any.
    await sql`UPDATE jobs SET state = 'failed' WHERE id = ${job.id}`.execute(db);
    expect(await ask(`/status/${job.id}/results`)).toMatchObject({ status: 409, body: { code: 'conflict' } });
  });
});
