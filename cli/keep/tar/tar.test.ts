import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { workFolder } from '#shared/testing/work-folder.ts';
import { tarBody, tarEntries } from './read-tar.ts';
import { decodeHeader, encodeHeader } from './tar-header.ts';
import { TarWriter } from './write-tar.ts';

const folder = workFolder('tar');
const inFolder = (depth: number) => `${'a-folder-of-a-long-name/'.repeat(depth)}${'n'.repeat(90)}.txt`;
// None, short, exactly a block, split into prefix and name, and too long for both.
const files = new Map<string, Buffer>([
  ['empty', Buffer.alloc(0)],
  ['a/b.txt', Buffer.from('hello\n')],
  ['block', Buffer.alloc(512, 'b')],
  [inFolder(4), Buffer.from('prefix')],
  [inFolder(10), Buffer.from('pax')],
  ['large', Buffer.alloc(3_000_001, 'large ')],
]);

async function readAll(path: string): Promise<Map<string, Buffer>> {
  await using file = await open(path);
  const found = new Map<string, Buffer>();
  for await (const entry of tarEntries(file)) found.set(entry.name, await buffer(tarBody(file, entry)));
  return found;
}

async function* halves(bytes: Buffer) {
  const middle = Math.floor(bytes.length / 2);
  yield bytes.subarray(0, middle);
  yield bytes.subarray(middle);
}

test('what is written, GNU tar reads, and so do we', async () => {
  const path = join(folder, 'ours.tar');
  {
    await using file = await open(path, 'w');
    const tar = new TarWriter(file);
    for (const [name, bytes] of files) await tar.add(name, bytes.length, halves(bytes));
    await tar.end();
  }
  const out = join(folder, 'out');
  mkdirSync(out);
  execFileSync('tar', ['-xf', path, '-C', out]);
  for (const [name, bytes] of files) expect([name, readFileSync(join(out, name)).equals(bytes)]).toEqual([name, true]);
  expect(await readAll(path)).toEqual(files);
});

test.each(['ustar', 'posix'])('what GNU tar writes as %s is read', async (format) => {
  const source = join(folder, `source-${format}`);
  const wanted = [...files].filter(([name]) => format === 'posix' || name.length < 250);
  for (const [name, bytes] of wanted) {
    mkdirSync(dirname(join(source, name)), { recursive: true });
    writeFileSync(join(source, name), bytes);
  }
  const path = join(folder, `${format}.tar`);
  execFileSync('tar', ['-cf', path, `--format=${format}`, '-C', source, ...wanted.map(([name]) => name)]);
  expect(await readAll(path)).toEqual(new Map(wanted));
});

test('a size beyond eleven octal digits is as GNU tar lists it', async () => {
  const size = 8 ** 11 + 5;
  const header = encodeHeader({ name: 'huge', size, type: '0' })!;
  // It complains of the body that does not follow, after it has listed the file.
  const { stdout: listed } = spawnSync('tar', ['-tv'], { input: header, encoding: 'utf8', timeout: 10_000 });
  expect(listed).toContain(String(size));
  expect(decodeHeader(header)!.size).toBe(size);
});

test('an entry that is not as long as was said is an error', async () => {
  await using file = await open(join(folder, 'short.tar'), 'w');
  const tar = new TarWriter(file);
  await expect(tar.add('x', 5, [Buffer.from('four')])).rejects.toThrow('x changed while it was copied');
  await expect(tar.add('x', 3, [Buffer.from('four')])).rejects.toThrow('x changed while it was copied');
});

test('a damaged header, an end that is cut off and a link are errors', async () => {
  const path = join(folder, 'damaged.tar');
  const whole = readFileSync(join(folder, 'ours.tar'));
  for (const bytes of [whole.subarray(0, whole.length - 1024 - 512), whole.subarray(0, 700), Buffer.alloc(0)]) {
    writeFileSync(path, bytes);
    await expect(readAll(path)).rejects.toThrow('it is cut off');
  }
  const changed = Buffer.from(whole);
  changed[3] ^= 1;
  writeFileSync(path, changed);
  await expect(readAll(path)).rejects.toThrow('a header is damaged');
  execFileSync('ln', ['-s', '/etc/passwd', join(folder, 'link')]);
  execFileSync('tar', ['-cf', path, '-C', folder, 'link']);
  await expect(readAll(path)).rejects.toThrow('entries of type "2" are unknown');
});
