import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Report } from '#shared/domain/report.ts';
import { expectRefusal } from '#shared/testing/refusal.ts';
import { mustRun } from '#shared/testing/run-cli.ts';
import { demoSeason, SeasonCopy } from '#shared/testing/season-copy.ts';
import { serveFolder } from '#shared/testing/static-server.ts';
import { tinyHome, workFolder } from '#shared/testing/work-folder.ts';

const folder = workFolder('bad-scenes');
const home = tinyHome(folder);
const options = ['--at', '4.063,50.746,100', '--year', '2019', '--season', 'northern-summer', '--workers', '1'];
const mapArgs = (stac: string) => ['map', '--stac', stac, ...options, '--model', 'tiny'];
/** A dozen scenes of spring; number 5 is the one that is damaged. */
const copySeason = (name: string, wanted: (id: string) => boolean = () => true) =>
  new SeasonCopy(demoSeason, join(folder, name), (id) => /_2019(04|05|06)/.test(id) && wanted(id));
const victim = 5;
const victimId = copySeason('whole').scenes[victim].id;

async function map(stac: string, name: string, ...more: string[]): Promise<{ report: Report; bytes: Buffer }> {
  const out = join(folder, `out-${name}`);
  await mustRun([...mapArgs(stac), ...more, '--out', out], { home });
  const report = JSON.parse(readFileSync(join(out, 'report.json'), 'utf8'));
  return { report, bytes: readFileSync(join(out, 'map.tif')) };
}

const half = (path: string) => {
  const bytes = readFileSync(path);
  return bytes.subarray(0, bytes.length / 2);
};

const damages: [string, (copy: SeasonCopy) => void, RegExp][] = [
  [
    'missing',
    (copy) => copy.replace(victim, 'B04.tif', null),
    /B04\.tif.*(not there|no such file|does not exist|is missing)/i,
  ],
  ['truncated', (copy) => copy.replace(victim, 'B04.tif', half(copy.file(victim, 'B04.tif'))), /B04\.tif.*truncated/],
  ['empty', (copy) => copy.replace(victim, 'B04.tif', ''), /B04\.tif.*(empty|0 bytes)/],
  [
    'a web page',
    (copy) => copy.replace(victim, 'B04.tif', '<!DOCTYPE html><html><body>Sign in</body></html>'),
    /B04\.tif.*a web page \(HTML\)/,
  ],
  [
    'noise',
    (copy) => copy.replace(victim, 'B04.tif', Buffer.alloc(5000, 'geocrop')),
    /B04\.tif.*(not a TIFF|no TIFF|unknown format)/,
  ],
  [
    'of the wrong size',
    (copy) => copy.replace(victim, 'B04.tif', readFileSync(copy.file(victim, 'B05.tif'))),
    /B04\.tif has 32 x 32 pixels, its item says 64 x 64/,
  ],
  ['without a band', (copy) => copy.editItem(victim, ({ assets }) => delete assets.B04), /it has no band B04/],
];

describe.each(damages)('a scene that is %s', (name, damage, reason) => {
  const copy = copySeason(name.replaceAll(' ', '-'));
  damage(copy);

  test('ends the job by its name, with nothing left', async () => {
    const message = new RegExp(`^scene ${victimId}: .*${reason.source}`, reason.flags);
    await expectRefusal(mapArgs(copy.root), { code: 1, message }, join(folder, 'outs'), { home });
  });

  test(
    'is left out on demand: the map is the one without it, and the report says so',
    { timeout: 60_000 },
    async () => {
      const skipped = await map(copy.root, name, '--on-broken-scene', 'skip');
      expect(skipped.report.scenes.skipped).toEqual([
        { id: victimId, reason: expect.stringMatching(new RegExp(`^broken: .*${reason.source}`, reason.flags)) },
      ]);
      expect(skipped.report.scenes.used.map(({ id }) => id)).not.toContain(victimId);
      expect(skipped.bytes.equals((await withoutVictim()).bytes)).toBe(true);
    },
  );
});

let reference: ReturnType<typeof map> | undefined;
const withoutVictim = () => (reference ??= map(copySeason('without', (id) => id !== victimId).root, 'without'));

describe('a season', () => {
  const refuse = (copy: SeasonCopy, code: number, message: RegExp) =>
    expectRefusal(mapArgs(copy.root), { code, message }, join(folder, 'outs'), { home });

  test('with only 20 m bands is refused by the names of the missing ones', async () => {
    const copy = copySeason('coarse');
    copy.scenes.forEach((_, i) =>
      copy.editItem(i, ({ assets }) => ['B02', 'B03', 'B04', 'B08'].forEach((band) => delete assets[band])),
    );
    await refuse(copy, 3, /no scene of the area has the bands B03, B04, B08; a map needs them/);
  });

  test('with an item that is no JSON, or not there', async () => {
    const copy = copySeason('bad-item');
    const item = `${victimId}.json`;
    copy.replace(victim, item, '{"type": "Feature",');
    await refuse(copy, 3, new RegExp(`${item}.*JSON`));
    copy.replace(victim, item, null);
    await refuse(copy, 3, new RegExp(`lists .*${item}, which is not there`));
  });

  test('of which every scene is broken ends, skipping or not', { timeout: 60_000 }, async () => {
    const copy = new SeasonCopy(demoSeason, join(folder, 'all-broken'), (id) => /_201904/.test(id));
    copy.scenes.forEach((_, i) => copy.replace(i, 'SCL.tif', null));
    const message = /there is no usable scene|lie in \d of the season's 27 dekads/;
    const args = [...mapArgs(copy.root), '--on-broken-scene', 'skip'];
    await expectRefusal(args, { code: 3, message }, join(folder, 'outs'), { home });
  });
});

test(
  'files that the server cannot give just now are not broken: the job fails and may be run again',
  { timeout: 60_000 },
  async () => {
    const copy = copySeason('served');
    let down = true;
    const { address } = await serveFolder(copy.root, ({ url }, response) => {
      const refused = down && url!.includes(victimId) && url!.endsWith('B04.tif');
      if (refused) response.writeHead(503).end();
      return refused;
    });
    const env = { GEOCROP_HTTP_TRIES: '2' };
    const args = [...mapArgs(address), '--on-broken-scene', 'skip'];
    const message = new RegExp(
      `^scene ${victimId}: .*B04\\.tif could not be read in 2 tries: the server answers 503\\. Run the same job again`,
    );
    await expectRefusal(args, { code: 1, message }, join(folder, 'outs'), { home, env });
    down = false;
    const { report } = await map(address, 'served', '--on-broken-scene', 'skip');
    expect(report.scenes.skipped).toEqual([]);
  },
);
