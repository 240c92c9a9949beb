import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { expectRefusal } from '#shared/testing/refusal.ts';
import { mustRun, runCli } from '#shared/testing/run-cli.ts';
import { demoSeason, SeasonCopy } from '#shared/testing/season-copy.ts';
import { tinyHome, workFolder } from '#shared/testing/work-folder.ts';

const folder = workFolder('bad-request');
const home = tinyHome(folder);
const place = '4.063,50.746,300';
const north = ['--season', 'northern-summer', '--model', 'tiny'];

interface Request {
  stac?: string;
  at?: string;
  aoi?: string;
  year?: string;
  options?: string[];
}

const mapArgs = ({ stac = demoSeason, at = place, aoi, year = '2019', options = north }: Request) => [
  'map',
  '--stac',
  stac,
  ...(aoi ? ['--aoi', aoi] : ['--at', at]),
  '--year',
  year,
  ...options,
];
const refuse = (request: Request, message: RegExp, code = 3) =>
  expectRefusal(mapArgs(request), { code, message }, join(folder, 'outs'), { home });

describe('a circle', () => {
  test.each([
    ['50.746,4.063,300', /outside the region that the model tiny was trained for \(longitude comes first\)/],
    ['-17.83,131.05,300', /latitude 131\.05 is beyond 90 degrees; .*did you mean --at 131\.05,-17\.83,300/],
    ['181,50,300', /longitude must lie between -180 and 180/],
    ['4,-91,300', /latitude -91 is beyond 90 degrees; .*did you mean/],
    ['4.063,50.746,0', /the radius must be 50 to 25000 metres, not 0/],
    ['4.063,50.746,-5', /the radius must be 50 to 25000 metres, not -5/],
    ['4.063,50.746,49', /the radius must be 50 to 25000 metres, not 49/],
    ['4.063,50.746,25001', /the radius must be 50 to 25000 metres, not 25001/],
    ['4.063,50.746,NaN', /--at takes three numbers.*not "4\.063,50\.746,NaN"/],
    ['4.063,50.746,Infinity', /--at takes three numbers/],
    ['4.063,50.746', /--at takes three numbers/],
    ['4.063;50.746;300', /--at takes three numbers/],
    ['', /--at takes three numbers/],
    ['15,81,300', /latitude 81 is beyond 80 degrees, where the UTM grid ends/],
  ])('%j', (at, message) => refuse({ at }, message));

  test('of a radius above a smaller limit of the machine', () =>
    expectRefusal(mapArgs({}), { code: 3, message: /50 to 200 metres, not 300/ }, join(folder, 'outs'), {
      home,
      env: { GEOCROP_MAX_RADIUS_M: '200' },
    }));
});

const box = (west: number, south: number, east: number, north: number) => [
  [west, south],
  [east, south],
  [east, north],
  [west, north],
  [west, south],
];
const polygon = (...rings: number[][][]) => ({ type: 'Polygon', coordinates: rings });

describe('a polygon', () => {
  const open = polygon(
    box(4.06, 50.743, 4.065, 50.747)
      .slice(0, 4)
      .concat([[4.061, 50.744]]),
  );
  const crossing = polygon([
    [4.06, 50.74],
    [4.07, 50.75],
    [4.07, 50.74],
    [4.06, 50.75],
    [4.06, 50.74],
  ]);
  test.each([
    ['open', open, /a ring of the polygon is open: it ends at 4\.061, 50\.744, not where it began \(4\.06, 50\.743\)/],
    ['self-crossing', crossing, /a ring of the polygon crosses itself near 4\.0[67]\d*, 50\.7[45]/],
    ['too large', polygon(box(3, 50, 4, 51)), /the polygon covers \d+ km2; at most 2500 km2/],
    ['too wide for the grid', polygon(box(-1, 50, 9.9, 50.001)), /more than 4 degrees from the central meridian/],
    ['smaller than a pixel', polygon(box(4.06, 50.74, 4.06001, 50.74001)), /smaller than one pixel of 10 m/],
    [
      'of too few positions',
      polygon([
        [4, 50],
        [5, 50],
        [4, 50],
      ]),
      /a ring needs at least 4 positions/,
    ],
    [
      'with latitude first',
      polygon(box(50.74, 104.06, 50.75, 104.07)),
      /latitude must lie between -90 and 90 \(longitude comes first\)/,
    ],
    ['of text', { type: 'Polygon', coordinates: 'here' }, /must be a GeoJSON Polygon or MultiPolygon/],
    ['that is a point', { type: 'Point', coordinates: [4, 50] }, /must be a GeoJSON Polygon or MultiPolygon/],
    ['without any', { type: 'FeatureCollection', features: [] }, /must be a GeoJSON Polygon or MultiPolygon/],
    ['that is null', null, /must be a GeoJSON Polygon or MultiPolygon/],
  ])('%s', async (name, document, message) => {
    const aoi = join(folder, `${name.replaceAll(' ', '-')}.geojson`);
    writeFileSync(aoi, JSON.stringify(document));
    await refuse({ aoi }, message);
  });

  test('that is no JSON, or no file', async () => {
    const aoi = join(folder, 'page.geojson');
    writeFileSync(aoi, '<html>');
    await refuse({ aoi }, /page\.geojson cannot be read as GeoJSON/);
    await refuse({ aoi: join(folder, 'nowhere.geojson') }, /there is no file .*nowhere\.geojson/);
    await refuse({ aoi: folder }, /cannot be read as GeoJSON/);
  });
});

describe('a season', () => {
  const later = String(new Date().getUTCFullYear() + 2);
  test.each([
    ['2014', north, /year must be a whole number.* from 2015 on/],
    ['2999', north, /begins on 2999-03-01, which has not come yet/],
    [later, north, /which has not come yet/],
    ['abc', north, /--year takes a year as 2022, not "abc"/],
    ['2019.5', north, /--year takes a year as 2022, not "2019\.5"/],
    ['-2019', north, /year must be a whole number.* from 2015 on/],
    ['2019', ['--season', 'winter'], /there is no season "winter"; known seasons: southern-summer, northern-summer/],
    ['2019', ['--season', 'southern-summer'], /temperate classifies the northern-summer season, not southern-summer/],
    ['2017', north, /no usable scene of the area from 2017-03-01 to 2017-11-30/],
  ])('%s %j', (year, options, message) => refuse({ year, options }, message));

  test('with too few dates', async () => {
    const two = new SeasonCopy(demoSeason, join(folder, 'two-dates'), (id) => /_2019(0401|0421)_/.test(id));
    expect(two.scenes).toHaveLength(2);
    await refuse({ stac: two.root }, /scenes .*\(2\) lie in 2 of the season's 27 dekads; at least 3 are needed/);
  });

  test('that is all clouds', async () => {
    const cloudy = new SeasonCopy(demoSeason, join(folder, 'cloudy'), (id) => /_2019(03|04|05)/.test(id));
    const clouds = readFileSync(cloudsOf(cloudy));
    cloudy.scenes.forEach((_, i) => cloudy.replace(i, 'SCL.tif', clouds));
    await refuse(
      { stac: cloudy.root },
      /no pixel of the area is clear in at least 3 of the season's 27 dekads \(\d+ scenes/,
    );
  });
});

/** The scene classification of the date that its item calls the cloudiest. */
function cloudsOf(copy: SeasonCopy): string {
  const cover = (i: number) =>
    JSON.parse(readFileSync(copy.file(i, `${copy.scenes[i].id}.json`), 'utf8')).properties['eo:cloud_cover'] as number;
  const worst = copy.scenes.map((_, i) => i).reduce((a, b) => (cover(b) > cover(a) ? b : a));
  return copy.file(worst, 'SCL.tif');
}

describe('a name', () => {
  test.each([
    [['--season', 'northern-summer', '--model', 'zim'], /there is no model "zim" here; installed: temperate, tiny/],
    [['--season', 'northern-summer', '--model', '../tiny'], /there is no model "\.\.\/tiny" here/],
    [[...north, '--collection', 'landsat'], /no items of a collection "landsat".*s2_l2a/],
  ])('%j', (options, message) => refuse({ options }, message));

  test('of a catalog that is none', async () => {
    await refuse({ stac: join(folder, 'nowhere') }, /there is no catalog at .*nowhere/);
    await refuse({ stac: home }, /has no catalog\.json or collection\.json: it is not a STAC catalog/);
    await refuse({ stac: 'ftp://example.org/stac' }, /a catalog is an http\(s\) address or a directory/);
  });
});

test('a place without scenes, and one far from the model', async () => {
  await refuse({ at: '5.063,50.746,300' }, /no usable scene of the area.*check the place \(longitude comes first\)/);
  await refuse(
    { at: '31.05,-17.83,300' },
    /outside the region that the model tiny was trained for.*acceptOutsideModel.*--accept-outside-model/,
  );
  await refuse(
    { at: '31.05,-17.83,300', options: [...north, '--accept-outside-model'] },
    /no usable scene of the area/,
  );
});

describe('an --out', () => {
  const out = (name: string) => join(folder, 'places', name);
  const to = (path: string, ...options: string[]) => runCli([...mapArgs({}), '--out', path, ...options], { home });
  mkdirSync(out(''), { recursive: true });

  test(
    'that holds something is not touched, and a result is replaced only by --force',
    { timeout: 60_000 },
    async () => {
      await mustRun([...mapArgs({}), '--out', out('map')], { home });
      const map = readFileSync(join(out('map'), 'map.tif'));
      const again = await to(out('map'));
      expect([again.code, again.stderr]).toEqual([3, expect.stringMatching(/holds a result already; .*--force/)]);
      await mustRun([...mapArgs({}), '--out', out('map'), '--force'], { home });
      expect(readFileSync(join(out('map'), 'map.tif')).equals(map)).toBe(true);
      writeFileSync(join(out('map'), 'field-notes.txt'), '');
      const kept = await to(out('map'), '--force');
      expect([kept.code, kept.stderr]).toEqual([
        3,
        expect.stringMatching(/holds other things .*field-notes\.txt.*not replaced/),
      ]);
      expect(existsSync(join(out('map'), 'field-notes.txt'))).toBe(true);
    },
  );

  test('that is a file, in a folder that is not there, or where nothing can be written', async () => {
    writeFileSync(out('file'), 'mine');
    for (const [path, message] of [
      [out('file'), /is a file; name a folder/],
      [join(out('file'), 'below'), /there is no folder .*file to write below in/],
      [out('no/such/folder'), /there is no folder .*such to write folder in; make it/],
      ['/proc/geocrop', /cannot write in \/proc/],
    ] as const) {
      const { code, stderr } = await to(path, '--force');
      expect([path, code, stderr]).toEqual([path, 3, expect.stringMatching(message)]);
    }
    expect([readFileSync(out('file'), 'utf8'), readdirSync(out('')).toSorted()]).toEqual(['mine', ['file', 'map']]);
  });
});

test('with --json the refusal is one document on standard output', async () => {
  const { code, stdout, stderr } = await runCli([...mapArgs({ at: '4,50,0' }), '--out', 'x', '--json'], { home });
  expect([code, stderr]).toEqual([3, '']);
  expect(JSON.parse(stdout)).toEqual({
    error: { code: 'invalid-aoi', field: 'aoi', message: 'the radius must be 50 to 25000 metres, not 0' },
  });
});
