import { createHash } from 'node:crypto';
import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { expectRefusal } from '#shared/testing/refusal.ts';
import { mustRun, runCli } from '#shared/testing/run-cli.ts';
import { demoSeason } from '#shared/testing/season-copy.ts';
import { workFolder } from '#shared/testing/work-folder.ts';

const folder = workFolder('models');
const home = join(folder, 'home');
const tiny = new URL('../shared/testing/fixtures/models/tiny', import.meta.url).pathname;
const options = ['--at', '4.063,50.746,100', '--year', '2019', '--season', 'northern-summer'];

type Manifest = Record<string, unknown> & { members: { file: string; sha256: string }[] };

/** A copy of the tiny bundle under another name, with something wrong. */
function bundle(name: string, damage: (path: string, manifest: Manifest) => void): string {
  const path = join(folder, 'bundles', name);
  cpSync(tiny, path, { recursive: true });
  const manifest = JSON.parse(readFileSync(join(path, 'model.json'), 'utf8')) as Manifest;
  manifest.name = name;
  damage(path, manifest);
  writeFileSync(join(path, 'model.json'), JSON.stringify(manifest));
  return path;
}

/** Changes an ONNX file, and with `resign` its hash in the manifest too. */
const rewrite =
  (change: (bytes: Buffer) => Buffer, resign: boolean) =>
  (path: string, { members }: Manifest): void => {
    const file = join(path, members[0].file);
    const bytes = change(readFileSync(file));
    writeFileSync(file, bytes);
    if (resign) members[0].sha256 = createHash('sha256').update(bytes).digest('hex');
  };

const flip = (bytes: Buffer) => {
  for (let at = bytes.length >> 1; at < (bytes.length >> 1) + 64; at++) bytes[at] ^= 0xff;
  return bytes;
};
const cut = (bytes: Buffer) => bytes.subarray(0, bytes.length / 2);

const damages: [string, (path: string, manifest: Manifest) => void, RegExp][] = [
  [
    'other-features',
    (_path, manifest) => (manifest.featureVersion = 'features-v2'),
    /was trained on features-v2; this release computes features-v1 and cannot serve it/,
  ],
  [
    'flipped',
    rewrite(flip, false),
    /xgboost\.onnx of the model flipped is damaged: its SHA-256 is \w+, model\.json says/,
  ],
  ['cut', rewrite(cut, true), /xgboost\.onnx of the model cut is not an ONNX model: /],
  ['text', rewrite(() => Buffer.from('not a model'), true), /is not an ONNX model: /],
  ['no-member', (_path, manifest) => (manifest.members[0].file = 'gone.onnx'), /has no file gone\.onnx/],
  [
    'climbing',
    (_path, manifest) => (manifest.members[0].file = '../x.onnx'),
    /model\.json .* is wrong at members\.0\.file/,
  ],
];

test('a good bundle is checked, installed and listed; once', { timeout: 60_000 }, async () => {
  const added = await mustRun(['models', 'add', tiny], { home });
  expect(added.stdout).toMatch(/tiny 1\.0\.0 is installed; its sample rows agree within \d/);
  const again = await runCli(['models', 'add', tiny], { home });
  expect([again.code, again.stderr]).toEqual([3, expect.stringMatching(/"tiny" is installed already; say --force/)]);
  await mustRun(['models', 'add', tiny, '--force'], { home });
  const listed = JSON.parse((await mustRun(['models', 'list', '--json'], { home })).stdout);
  expect(listed.map(({ name }: { name: string }) => name)).toEqual(['temperate', 'tiny']);
  expect((await mustRun(['models', 'list'], { home })).stdout).toMatch(
    /tiny 1\.0\.0 +northern-summer\n.*\n +classes: maize, soybean/,
  );
  expect(readdirSync(join(home, 'models'))).toEqual(['tiny']);
});

test('a folder that is no bundle', async () => {
  const { code, stderr } = await runCli(['models', 'add', join(folder, 'nowhere')], { home });
  expect([code, stderr]).toEqual([1, expect.stringMatching(/nowhere has no model\.json/)]);
});

describe.each(damages)('a bundle that is damaged (%s)', (name, damage, message) => {
  const path = bundle(name, damage);

  test('is not installed', async () => {
    const { code, stdout, stderr } = await runCli(['models', 'add', path], { home });
    expect([code, stdout, stderr.trim().split('\n').length]).toEqual([1, '', 1]);
    expect(stderr).toMatch(message);
    expect(existsSync(join(home, 'models', name))).toBe(false);
  });

  test(
    'is refused by a map where it was put by hand, and listed as damaged or not at all',
    { timeout: 60_000 },
    async () => {
      const byHand = join(folder, `home-${name}`);
      cpSync(path, join(byHand, 'models', name), { recursive: true });
      const args = ['map', '--stac', demoSeason, ...options, '--model', name];
      await expectRefusal(args, { code: 1, message }, join(folder, 'outs'), { home: byHand });
    },
  );
});

test('a bundle that answers otherwise than where it was trained is not installed', async () => {
  const path = bundle('other-answers', (at) => {
    const samples = JSON.parse(readFileSync(join(at, 'samples.json'), 'utf8'));
    [samples.expected[0][0], samples.expected[0][1]] = [samples.expected[0][1], samples.expected[0][0]];
    writeFileSync(join(at, 'samples.json'), JSON.stringify(samples));
  });
  const { code, stderr } = await runCli(['models', 'add', path], { home });
  expect([code, stderr]).toEqual([1, expect.stringMatching(/does not answer here as it did where it was trained/)]);
  expect(existsSync(join(home, 'models', 'other-answers'))).toBe(false);
});
