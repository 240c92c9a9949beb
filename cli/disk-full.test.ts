import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { demoSeason } from '#shared/testing/season-copy.ts';
import { tinyHome, workFolder } from '#shared/testing/work-folder.ts';

const folder = workFolder('disk-full');
const home = tinyHome(folder);
const disk = join(folder, 'disk');
mkdirSync(disk, { recursive: true });

/** A mount namespace of one's own, in which a tiny disk can be made; with `-r` without being root. */
const namespace = ['-m', '-rm'].find(
  (flags) => spawnSync('unshare', [flags, 'mount', '-t', 'tmpfs', 'tmpfs', disk]).status === 0,
);
if (!namespace && process.env.GEOCROP_REQUIRE_ALL === '1')
  throw new Error('these tests need a small disk: let `unshare -rm mount -t tmpfs` work here');
const diskTest = namespace ? test : test.skip;

const program = new URL('./main.ts', import.meta.url).pathname;
const map = `"${process.execPath}" "${program}" map --stac "${demoSeason}" --at 4.063,50.746,300 --year 2019 \
  --season northern-summer --model tiny --workers 1 --out "${disk}/out"`;

describe(`a full disk${namespace ? '' : ' (skipped: no mount namespace can be made here)'}`, () => {
  // 4 kB hold no part; 16 kB hold the part of the one chunk, but not the map as well.
  diskTest.each([
    ['4k', 'ls'],
    ['16k', 'ls'],
  ])('of %s is said in a sentence; with more space the same command finishes', { timeout: 60_000 }, (size) => {
    const script = `
      mount -t tmpfs -o size=${size} tmpfs "${disk}" || exit 90
      ${map} >/dev/null; echo "first $?"
      ls "${disk}"; echo "left"
      mount -o remount,size=4m "${disk}" || exit 91
      ${map} --json | grep -E '"(reused|valid)"'; ls -A "${disk}"`;
    const { status, stdout, stderr } = spawnSync('unshare', [namespace!, 'sh', '-c', script], {
      encoding: 'utf8',
      env: { ...process.env, GEOCROP_HOME: home },
    });
    expect([status, stderr]).toEqual([
      0,
      expect.stringMatching(/geocrop: the disk that holds .* is full; free some space and run the same command again/),
    ]);
    expect(stderr).not.toMatch(/\n\s+at /);
    expect(stdout).toMatch(/^first 1\nleft\n/);
    expect(stdout).toMatch(new RegExp(`"valid": 2824,[\\s\\S]*"reused": ${size === '4k' ? 0 : 1}\\nout\\n$`));
  });
});
