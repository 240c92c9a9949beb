import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { askLender } from '#shared/testing/postgres-lender.ts';

const root = mkdtempSync(join(tmpdir(), 'geocrop-disk-'));
afterAll(() => rmSync(root, { recursive: true }));

/** A mount namespace of one's own, in which a tiny disk can be made; with `-r` without being root. */
const namespace = ['-m', '-rm'].find(
  (flags) => spawnSync('unshare', [flags, 'mount', '-t', 'tmpfs', 'tmpfs', root]).status === 0,
);
if (!namespace && process.env.GEOCROP_REQUIRE_ALL === '1')
  throw new Error('these tests need a small disk: let `unshare -rm mount -t tmpfs` work here');
const diskTest = namespace ? test : test.skip;

const module = fileURLToPath(new URL('./open-embedded-database.ts', import.meta.url));

/** Runs a script with the database's module on a disk of so many megabytes, which `setUp` prepares. */
function onDisk(megabytes: number, setUp: string, script: string): Record<string, unknown>[] {
  const code = `
    import { statfsSync, writeFileSync, rmSync } from 'node:fs';
    import pg from 'pg';
    import { openEmbeddedDatabase } from ${JSON.stringify(module)};
    const disk = ${JSON.stringify(root)};
    const say = (line) => console.log(JSON.stringify(line));
    const told = ({ message, code, severity }) => ({ message, code, severity });
    const options = { folder: disk + '/home', socketFolder: disk + '/s', onFailure: (e) => say({ failure: e.message }) };
    ${script}`;
  const { status, stdout, stderr } = spawnSync(
    'unshare',
    [
      namespace!,
      'sh',
      '-c',
      `mount -t tmpfs -o size=${megabytes}m tmpfs "$0" && ${setUp} && exec "$1" --input-type=module -e "$2"`,
    ].concat(root, process.execPath, code),
    { encoding: 'utf8', cwd: import.meta.dirname },
  );
  if (status !== 0) throw new Error(`the script ended with ${status}: ${stderr}`);
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe(`a full disk${namespace ? '' : ' (skipped: no mount namespace can be made here)'}`, () => {
  diskTest('under a new database: the reason is named', { timeout: 60_000 }, () => {
    const [error] = onDisk(12, 'true', 'await openEmbeddedDatabase(options).catch((error) => say(told(error)));');
    expect(error).toEqual({
      message: `the embedded database in ${root}/home/data does not open: no space left on device`,
      code: 'ENOSPC',
    });
  });

  diskTest('while it runs: said in a sentence, and with space it goes on', { timeout: 60_000 }, async () => {
    const empty = join(await askLender('embedded'), 'empty');
    const lines = onDisk(
      80,
      `cp -r '${empty}' "$0/home"`,
      `
      const database = await openEmbeddedDatabase(options);
      const ask = async (sql) => {
        const client = new pg.Client(database.url);
        client.on('error', () => {});
        await client.connect();
        const answer = await client.query(sql).then(({ rows }) => ({ rows }), told);
        await client.end().catch(() => {});
        say(answer);
      };
      await ask('CREATE TABLE kept AS SELECT 7 AS n');
      const { bavail, bsize } = statfsSync(disk);
      writeFileSync(disk + '/filler', Buffer.alloc(bavail * bsize - 8192));
      await ask('INSERT INTO kept SELECT generate_series(1, 100000)');
      await ask('CHECKPOINT');
      await ask('SELECT n FROM kept');
      rmSync(disk + '/filler');
      await ask('CHECKPOINT');
      await ask('INSERT INTO kept VALUES (8) RETURNING n');
      await database.close();`,
    );
    const full = expect.stringContaining('No space left on device');
    expect(lines).toEqual([
      { rows: [] },
      { message: full, code: '53100', severity: 'ERROR' },
      { message: full, code: '53100', severity: 'ERROR' },
      { rows: [{ n: 7 }] },
      { rows: [] },
      { rows: [{ n: 8 }] },
    ]);
    expect(lines[2].message).toMatch(/^the embedded database could not finish this statement \(could not .*\) and was/);
  });
});
