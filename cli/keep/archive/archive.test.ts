import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { workFolder } from '#shared/testing/work-folder.ts';
import type { Manifest } from './manifest.ts';
import { openArchive } from './open-archive.ts';
import { writeArchive } from './write-archive.ts';

const folder = workFolder('archive');
const manifest: Manifest = {
  format: 1,
  scope: 'all',
  product: { version: '0.1.0', commit: 'test' },
  versions: { home: 1, schema: 2 },
  created: '2026-01-02T03:04:05.678Z',
  from: { database: 'embedded', objects: 'folder' },
  withParts: false,
  tables: [{ name: 'users', columns: ['id'], rows: 0, files: [] }],
};

async function make(name: string, said: Manifest = manifest): Promise<string> {
  const path = join(folder, name);
  await writeArchive(path, async (sink) => {
    await sink.add('objects/a/b', Buffer.from('crops'));
    await sink.add('home/key', Buffer.alloc(2000, 'k'));
    return said;
  });
  return path;
}

test('sha256sum finds every file of an archive as its list says, and so do we', async () => {
  const path = await make('whole.tar');
  expect(statSync(path).mode & 0o777).toBe(0o600);
  const out = join(folder, 'out');
  mkdirSync(out);
  execFileSync('tar', ['-xf', path, '-C', out]);
  const checked = execFileSync('sha256sum', ['-c', 'SHA256SUMS'], { cwd: out, encoding: 'utf8' });
  expect(checked).toBe('objects/a/b: OK\nhome/key: OK\nmanifest.json: OK\n');
  const archive = await openArchive(path);
  expect(archive.manifest).toEqual(manifest);
  expect(archive.under('objects')).toEqual([{ name: 'a/b', size: 5 }]);
  expect((await buffer(archive.pieces('objects/a/b'))).toString()).toBe('crops');
  await archive.close();
});

test('every byte that is changed, and every cut, is found', async () => {
  const whole = readFileSync(await make('again.tar'));
  const path = join(folder, 'damaged.tar');
  const sums = whole.indexOf('SHA256SUMS');
  let harmless = 0;
  for (let at = 0; at < sums; at += 97) {
    const changed = Buffer.from(whole);
    changed[at] ^= 0x20;
    writeFileSync(path, changed);
    const opened = await openArchive(path).catch((error: unknown) => error);
    if (opened instanceof Error) expect(opened).toMatchObject({ code: 'invalid-request', field: 'file' });
    else {
      // Padding between the files belongs to none of them.
      expect(whole[at]).toBe(0);
      harmless++;
      await (opened as Awaited<ReturnType<typeof openArchive>>).close();
    }
  }
  expect(harmless).toBeLessThan(sums / 97 / 2);
  for (const length of [0, 511, 512, 1500, sums, whole.length - 1025]) {
    writeFileSync(path, whole.subarray(0, length));
    await expect(openArchive(path)).rejects.toMatchObject({ code: 'invalid-request' });
  }
});

test('names that climb, files that no list names and a newer form are refused', async () => {
  const path = join(folder, 'odd.tar');
  execFileSync('tar', ['-cPf', path, '--transform', 's,.*,../../climbs,', join(folder, 'whole.tar')]);
  await expect(openArchive(path)).rejects.toThrow('unsafe name "../../climbs"');
  const more = await make('more.tar');
  const list = join(folder, 'extra');
  writeFileSync(list, 'extra');
  execFileSync('tar', ['-rf', more, '-C', folder, 'extra']);
  await expect(openArchive(more)).rejects.toThrow('does not hold the files that its list names');
  const newer = await make('newer.tar', { ...manifest, format: 2 });
  await expect(openArchive(newer)).rejects.toThrow('written by a newer version of GeoCrop (form 2)');
  await expect(openArchive(join(folder, 'none.tar'))).rejects.toMatchObject({ code: 'not-found' });
});

test('what breaks off leaves nothing', async () => {
  const path = join(folder, 'broken.tar');
  const broken = writeArchive(path, async (sink) => {
    await sink.add('a', Buffer.from('half'));
    throw new Error('broke off');
  });
  await expect(broken).rejects.toThrow('broke off');
  expect(existsSync(path)).toBe(false);
  expect(readdirSync(folder).filter((name) => name.endsWith('.tmp'))).toEqual([]);
});
