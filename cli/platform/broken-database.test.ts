import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, expect, test } from 'vitest';
import { tinyHome, workFolder } from '#shared/testing/work-folder.ts';
import { logInAdmin } from './testing/api-user.ts';
import { databaseUrl, endPlatforms, functionProcesses, startPlatform } from './testing/test-platform.ts';

const home = tinyHome(workFolder('broken-database'));
afterAll(endPlatforms);

test(
  'a database that is deleted under a running platform ends it with a sentence, and nothing is left',
  {
    timeout: 120_000,
  },
  async () => {
    const platform = await startPlatform(home);
    await logInAdmin(platform.url, home);
    expect(functionProcesses(home).length).toBeGreaterThan(0);
    rmSync(join(home, 'database', 'data'), { recursive: true });
    const began = performance.now();
    const client = new pg.Client(databaseUrl(home));
    client.on('error', () => {});
    await client.connect();
    // It writes to every file, as the database does by itself from time to time.
    await client.query('CHECKPOINT').catch(() => {});
    const { code, stderr } = await platform.done;
    expect(performance.now() - began).toBeLessThan(25_000);
    expect(code).toBe(1);
    const said = stderr.split('\ngeocrop: ').at(-1)!.trim();
    expect(said).toBe(
      `the embedded database broke and does not open again: the files of the database in ${join(home, 'database', 'data')} are gone`,
    );
    expect(stderr).not.toMatch(/\n\s+at |\[object/);
    expect(functionProcesses(home)).toEqual([]);
    expect(existsSync(join(home, 'database', 'data', 'PG_VERSION'))).toBe(false);
    await client.end().catch(() => {});
  },
);
