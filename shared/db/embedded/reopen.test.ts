import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createInterface } from 'node:readline';
import pg from 'pg';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { askLender } from '#shared/testing/postgres-lender.ts';
import { openEmbeddedDatabase } from './open-embedded-database.ts';

const module = fileURLToPath(new URL('./open-embedded-database.ts', import.meta.url));
let root: string;
let folder: string;
beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'geocrop-db-'));
  folder = join(root, 'home');
  cpSync(join(await askLender('embedded'), 'empty'), folder, { recursive: true });
}, 120_000);
afterEach(() => rmSync(root, { recursive: true }));

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    return (await client.query(sql)).rows as unknown[];
  } finally {
    await client.end();
  }
}

/** Another process that opens the database and says so; it has no handler that could tidy up. */
async function openInChild(): Promise<{ url: string; kill: () => Promise<void> }> {
  const options = JSON.stringify({ folder, socketFolder: join(root, 's') });
  const code = `const { openEmbeddedDatabase } = await import(${JSON.stringify(module)});
    console.log((await openEmbeddedDatabase(${options})).url);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'exit').then(() => Promise.reject(new Error('the process ended before it was ready')));
  const [url] = (await Promise.race([once(createInterface(child.stdout), 'line'), ended])) as [string];
  return {
    url,
    async kill() {
      child.kill('SIGKILL');
      await ended.catch(() => {});
    },
  };
}

test('one process at a time; after a kill the next one finds what was committed', async () => {
  const child = await openInChild();
  expect(statSync(join(root, 's')).mode & 0o777).toBe(0o700);
  await query(child.url, 'CREATE TABLE kept (n integer); INSERT INTO kept VALUES (7)');
  await expect(openEmbeddedDatabase({ folder, socketFolder: join(root, 'other') })).rejects.toMatchObject({
    code: 'unavailable',
    message: expect.stringContaining('in use by another process'),
  });
  await child.kill();
  const again = await openEmbeddedDatabase({ folder, socketFolder: join(root, 's') });
  try {
    expect(await query(again.url, 'SELECT n FROM kept')).toEqual([{ n: 7 }]);
  } finally {
    await again.close();
  }
}, 60_000);

test('a socket that cannot be is refused before anything is opened', async () => {
  const long = join(root, 'x'.repeat(120));
  await expect(openEmbeddedDatabase({ folder, socketFolder: long })).rejects.toMatchObject({
    code: 'setup-missing',
    message: expect.stringContaining('too long a name'),
  });
});

test('files that are deleted under it end it with the reason; no empty database takes their place', async () => {
  const failure = Promise.withResolvers<Error>();
  const database = await openEmbeddedDatabase({
    folder,
    socketFolder: join(root, 's'),
    onFailure: (error) => failure.resolve(error),
  });
  const reason = `the files of the database in ${join(folder, 'data')} are gone`;
  try {
    await query(database.url, 'CREATE TABLE kept AS SELECT 7 AS n');
    rmSync(join(folder, 'data'), { recursive: true });
    await expect(query(database.url, 'INSERT INTO kept SELECT generate_series(1, 100000)')).rejects.toThrow(reason);
    expect((await failure.promise).message).toBe(reason);
    await expect(query(database.url, 'SELECT 1')).rejects.toThrow(reason);
    expect(existsSync(join(folder, 'data', 'PG_VERSION'))).toBe(false);
  } finally {
    const began = performance.now();
    await database.close();
    expect(performance.now() - began).toBeLessThan(5000);
  }
}, 60_000);
