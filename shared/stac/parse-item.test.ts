import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { GeoCropError } from '#shared/domain/errors.ts';
import { parseItem } from './parse-item.ts';
import { missingBands } from './scene.ts';

const fixtures = new URL('../testing/fixtures/stac/', import.meta.url);
// eslint-disable-next-line @typescript-eslint/no-explicit-any
const json = (path: string): any => JSON.parse(readFileSync(new URL(path, fixtures), 'utf8'));
const web = { address: 'https://stac.example/items/x.json', root: null };
const parse = (path: string) => parseItem(json(path), web);
const edited = (path: string, edit: (item: ReturnType<typeof json>) => void) => {
  const item = json(path);
  edit(item);
  return parseItem(item, web);
};
const c1 = 'items/S2B_T37MGP_20240710T073012_L2A.json';
const v0 = 'items/S2B_35QKG_20230603_0_L2A.json';

describe('published items', () => {
  test('Digital Earth Africa s2_l2a_c1: the offset is in the pixels', () => {
    const scene = parse(c1);
    expect(scene).toMatchObject({
      id: 'S2B_T37MGP_20240710T073012_L2A',
      collection: 's2_l2a_c1',
      platform: 'sentinel-2b',
      datetime: '2024-07-10T07:41:33.657Z',
      tile: '37MGP',
      baseline: '05.10',
      created: '2024-07-10T13:38:13.736Z',
      epsg: 32737,
      cloudCover: 83.505428,
      offsetSource: 'asset metadata',
    });
    expect(scene.href).toMatch(/^s3:\/\/deafrica-sentinel-2-l2a-c1-dev\//);
    expect(scene.assets.B04).toEqual({
      key: 'red',
      href: 's3://deafrica-sentinel-2-l2a-c1-dev/sentinel-2-c1-l2a/37/M/GP/2024/7/S2B_T37MGP_20240710T073012_L2A/B04.tif',
      scale: 0.0001,
      offset: -0.1,
      checksum: '1220e5dcfaeab33dc3ec24325538556024f618caf595ea427a3877db60949c69d565',
      size: 195515104,
    });
    expect(scene.assets.B08?.href).toMatch(/B08\.tif$/);
    expect(scene.assets.B05?.href).toMatch(/B05\.tif$/);
    expect(scene.assets.B07?.href).toMatch(/B07\.tif$/);
    expect(scene.assets.SCL).toMatchObject({ key: 'scl', scale: 1, offset: 0 });
    expect(missingBands(scene)).toEqual([]);
  });

  test('the form that s2_l2a mirrors: baseline 05.09, but the offset is applied', () => {
    const scene = parse(v0);
    expect(scene).toMatchObject({ tile: '35QKG', baseline: '05.09', epsg: 32635, platform: 'sentinel-2b' });
    expect(scene.offsetSource).toBe('already applied (sentinel:boa_offset_applied)');
    expect(scene.assets.B11).toMatchObject({ key: 'B11', scale: 0.0001, offset: 0, checksum: null, size: null });
    expect(missingBands(scene)).toEqual([]);
  });

  test('Earth Search v0: tile and baseline only in the product id', () => {
    const scene = parse('items/S2A_28QCH_20200714_0_L2A.json');
    expect(scene).toMatchObject({ tile: '28QCH', baseline: '02.14', offsetSource: 'baseline 02.14' });
    expect(scene.assets.B03).toMatchObject({ scale: 0.0001, offset: 0 });
  });

  test('Earth Search v1: JPEG 2000 twins are not chosen, nir is not nir08', () => {
    const scene = parse('items/S2A_29RKH_20200219_0_L2A.json');
    expect(scene.assets.B04?.href).toMatch(/^https:.*\/B04\.tif$/);
    expect(scene.assets.B08?.href).toMatch(/\/B08\.tif$/);
    expect(scene).toMatchObject({ tile: '29RKH', baseline: '02.14' });
    expect(scene.assets.B08?.offset).toBe(0);
  });

  test('33TWM says both applied and offset -0.1: it is applied once, by the publisher', () => {
    const scene = parse('static-33TWM/S2A_33TWM_20230815_0_L2A/S2A_33TWM_20230815_0_L2A.json');
    expect(scene.baseline).toBe('05.09');
    expect(scene.assets.B02).toMatchObject({ scale: 0.0001, offset: 0 });
    expect(scene.assets.B11).toMatchObject({ scale: 0.0001, offset: 0 });
  });

  test('Planetary Computer: keys by number, no scale stated', () => {
    const scene = parseItem(json('site1-20200606-tall-strip-africa.json').features[0], web);
    expect(scene).toMatchObject({ platform: 'sentinel-2b', tile: '35MNM', baseline: '02.12', epsg: 32735 });
    expect(scene.assets.B07?.href).toMatch(/_B07_20m\.tif$/);
    expect(scene.assets.B08).toMatchObject({ scale: 0.0001, offset: 0 });
    expect(missingBands(scene)).toEqual([]);
  });

  test('an answer about crop_mask is not Sentinel-2: every band is missing', () => {
    const scene = parseItem(json('deafrica-explorer-search-crop_mask.json').features[0], web);
    expect(missingBands(scene)).toEqual(['B03', 'B04', 'B05', 'B07', 'B08', 'B11', 'SCL']);
  });
});

describe('scale and offset by metadata', () => {
  const strip = (item: ReturnType<typeof json>) => {
    for (const asset of Object.values<Record<string, unknown>>(item.assets)) delete asset['raster:bands'];
  };

  test('nothing stated, baseline 05.10: the offset is due', () => {
    const scene = edited(c1, strip);
    expect(scene.assets.B04).toMatchObject({ scale: 0.0001, offset: -0.1 });
    expect(scene.offsetSource).toBe('baseline 05.10');
  });

  test('a late date with an old baseline has no offset, an early date with a new one has', () => {
    const late = edited(
      'items/S2A_28QCH_20200714_0_L2A.json',
      (item) => (item.properties.datetime = '2024-01-01T00:00:00Z'),
    );
    expect(late.assets.B04?.offset).toBe(0);
    const early = edited(c1, (item) => {
      strip(item);
      item.properties.datetime = '2018-01-01T00:00:00Z';
    });
    expect(early.assets.B04?.offset).toBe(-0.1);
  });

  test('baseline 04.00 begins the offset, 03.01 has none', () => {
    const at = (baseline: string) =>
      edited(v0, ({ properties }) => {
        properties['sentinel:boa_offset_applied'] = false;
        properties['sentinel:processing_baseline'] = baseline;
      }).assets.B08?.offset;
    expect([at('03.01'), at('04.00')]).toEqual([0, -0.1]);
  });

  test('s2_l2a_c1 without any baseline is of baseline 05.00 or later', () => {
    const scene = edited(c1, (item) => {
      strip(item);
      item.properties = { datetime: item.properties.datetime };
    });
    expect(scene).toMatchObject({ baseline: null, offsetSource: 'collection s2_l2a_c1' });
    expect(scene.assets.B04?.offset).toBe(-0.1);
  });

  test('STAC 1.1 states them on the asset or its band', () => {
    const scene = edited(c1, (item) => {
      strip(item);
      Object.assign(item.assets.red, { 'raster:scale': 0.0002, 'raster:offset': -0.2 });
      Object.assign(item.assets.nir, { bands: [{ name: 'B08', 'raster:scale': 0.0003, 'raster:offset': 0 }] });
    });
    expect(scene.assets.B04).toMatchObject({ scale: 0.0002, offset: -0.2 });
    expect(scene.assets.B08).toMatchObject({ scale: 0.0003, offset: 0 });
  });

  test('an offset in counts, as Open Data Cube states it, is brought to reflectance', () => {
    const scene = edited(c1, (item) => (item.assets.red['raster:bands'] = [{ scale: 1, offset: -1000 }]));
    expect(scene.assets.B04?.scale).toBe(0.0001);
    expect(scene.assets.B04?.offset).toBeCloseTo(-0.1, 12);
  });

  test('a scale that no reflectance can have is refused', () => {
    expect(() => edited(c1, (item) => (item.assets.red['raster:bands'] = [{ scale: -3, offset: 0 }]))).toThrow(
      /S2B_T37MGP.*B04: scale -3/,
    );
  });
});

describe('band choice', () => {
  test('names of bands decide only where keys are unknown', () => {
    const scene = edited(c1, ({ assets }) => {
      assets.band_a = { ...assets.red, 'eo:bands': [{ name: 'B04' }] };
      assets.band_b = { ...assets.nir08, 'eo:bands': [{ name: 'B08' }], href: 'https://x.example/named.tif' };
      delete assets.red;
    });
    expect(scene.assets.B04?.key).toBe('band_a');
    expect(scene.assets.B08?.key).toBe('nir');
  });

  test('nir08 and rededge2 never stand in for nir and rededge3', () => {
    const scene = edited(c1, ({ assets }) => {
      delete assets.nir;
      delete assets.rededge3;
    });
    expect(missingBands(scene)).toEqual(['B07', 'B08']);
  });

  test('a band that exists only as JPEG 2000 is missing', () => {
    const scene = edited('items/S2A_29RKH_20200219_0_L2A.json', ({ assets }) => {
      assets.red = assets['red-jp2'];
      delete assets['red-jp2'];
    });
    expect(missingBands(scene)).toEqual(['B04']);
  });
});

describe('addresses', () => {
  const local = { address: '/pack/items/a/item.json', root: '/pack' };
  const withHref = (href: string, origin: Parameters<typeof parseItem>[1]) => {
    const item = json(v0);
    item.assets.B04.href = href;
    return parseItem(item, origin).assets.B04?.href;
  };

  test('relative ones are taken from where the item lies, an API item from its self link', () => {
    expect(withHref('./B04.tif', web)).toBe('https://stac.example/items/B04.tif');
    expect(withHref('./B04.tif', { ...web, selfIsBase: true })).toMatch(/^https:\/\/sentinel-cogs\..*_L2A\/B04\.tif$/);
    expect(withHref('../b/B04.tif', local)).toBe('/pack/items/b/B04.tif');
    expect(withHref('file:///pack/B04.tif', local)).toBe('/pack/B04.tif');
  });

  test.each(['../../../etc/passwd', '/etc/passwd', 'file:///etc/passwd'])('a local item may not name %s', (href) => {
    expect(() => withHref(href, local)).toThrow(/leads out of the directory \/pack/);
  });

  test('a remote item may not name a file of this machine, nor a scheme that nothing reads', () => {
    expect(() => withHref('file:///etc/passwd', web)).toThrow(/file of this machine/);
    expect(withHref('gs://bucket/B04.tif', web)).toBeUndefined();
  });
});

describe('broken items are refused by name and address', () => {
  const breakages: [string, (item: ReturnType<typeof json>) => void, RegExp][] = [
    ['no id', (item) => delete item.id, /id/],
    ['an id with a path', (item) => (item.id = '../../etc/cron.d/x'), /id: must be at most 160/],
    ['an endless id', (item) => (item.id = 'x'.repeat(161)), /id: must be at most 160/],
    ['no datetime', (item) => (item.properties.datetime = null), /properties\.datetime/],
    ['a datetime that is none', (item) => (item.properties.datetime = '2023-02-31'), /properties\.datetime/],
    ['neither bbox nor polygon', (item) => (item.bbox = item.geometry = null), /neither a bbox nor a polygon/],
    ['a bbox in metres', (item) => (item.bbox = [300000, 5000000, 400000, 5100000]), /not in degrees/],
    ['an href that is no text', (item) => (item.assets.B04.href = 7), /assets\.B04\.href/],
    ['not a feature', (item) => (item.type = 'Collection'), /type/],
  ];
  test.each(breakages)('%s', (_, breakage, reason) => {
    let caught: unknown;
    try {
      edited(v0, breakage);
    } catch (error) {
      caught = error;
    }
    expect(caught).toBeInstanceOf(GeoCropError);
    expect(caught).toMatchObject({ code: 'invalid-source', message: expect.stringMatching(reason) });
    expect((caught as Error).message).toContain(web.address);
  });

  test.each([null, 7, 'x', []])('%j is no item', (raw) => {
    expect(() => parseItem(raw, web)).toThrow(/is not a STAC item/);
  });

  test('what STAC allows passes: start_datetime, no zone, six numbers of bbox, no links', () => {
    const scene = edited(v0, (item) => {
      item.properties.datetime = null;
      item.properties.start_datetime = '2023-06-03T09:03:52';
      item.bbox = [24, 23, 0, 25, 24, 100];
      delete item.links;
    });
    expect(scene).toMatchObject({ datetime: '2023-06-03T09:03:52.000Z', bbox: [24, 23, 25, 24], href: web.address });
  });
});
