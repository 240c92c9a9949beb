import { describe, expect, test } from 'vitest';
import { findSource, mayRead, sourcesSchema, type Source } from './source.ts';

const web: Source = {
  id: 'web',
  title: 'Web',
  stac: 'https://stac.example.org',
  collection: null,
  hosts: ['Data.example.org', 'data.example.org:8443', 's3://a-bucket'],
};
const pack: Source = { ...web, id: 'pack', stac: '/srv/pack', hosts: [] };

describe('a web source may read', () => {
  const may = mayRead(web, null);

  test.each([
    'https://data.example.org/S2/B04.tif',
    'https://DATA.example.org/S2/B04.tif',
    'https://data.example.org:443/x.tif',
    'https://data.example.org:8443/x.tif',
    's3://a-bucket/S2/B04.tif',
  ])('%s', (address) => expect(may(address)).toBe(true));

  test.each([
    'http://data.example.org/x.tif',
    'https://data.example.org:444/x.tif',
    'https://data.example.org.evil.example/x.tif',
    'https://evil.example/data.example.org',
    'https://data.example.org@evil.example/x.tif',
    'https://user:password@data.example.org/x.tif',
    'https://data.example.org%2eevil.example/',
    'http://169.254.169.254/latest/meta-data',
    'https://169.254.169.254/latest/meta-data',
    'http://2852039166/',
    'http://0xa9fea9fe/',
    'http://0251.0376.0251.0376/',
    'http://[::ffff:169.254.169.254]/',
    'http://[::1]/',
    'http://127.0.0.1/',
    'http://127.1/',
    'http://0/',
    'http://localhost/',
    'http://metadata.google.internal/',
    'http://10.0.0.1/',
    'http://192.168.1.1/',
    'ftp://data.example.org/x.tif',
    'file:///etc/passwd',
    '/etc/passwd',
    '../../etc/passwd',
    's3://another-bucket/x.tif',
    's3://a-bucket/../another-bucket/x.tif',
    's3://a-bucket.evil/x.tif',
    'S3://another-bucket/x.tif',
    'javascript:alert(1)',
    '',
  ])('not %s', (address) => expect(may(address)).toBe(false));
});

describe('a folder may read', () => {
  const may = mayRead(pack, '/srv/pack');

  test('the files in it', () => expect(may('/srv/pack/S2/B04.tif')).toBe(true));

  test.each([
    '/srv/pack/../secret',
    '/srv/pack/S2/../../secret',
    '/srv/pack/..',
    '/srv/pack',
    '/srv/package/x.tif',
    '/srv/pack/x.tif\0.png',
    '/etc/passwd',
    'file:///srv/pack/x.tif',
    'S2/B04.tif',
    'https://data.example.org/x.tif',
    's3://a-bucket/x.tif',
    'http://127.0.0.1/',
  ])('not %s', (address) => expect(may(address)).toBe(false));
});

test("plain HTTP is for listed addresses of one's own network alone", () => {
  const may = mayRead({ ...web, hosts: ['127.0.0.1:9000', 'data.example.org'] }, null);
  expect(may('http://127.0.0.1:9000/x.tif')).toBe(true);
  expect(may('http://127.0.0.1:9001/x.tif')).toBe(false);
  expect(may('http://data.example.org/x.tif')).toBe(false);
});

test('an unknown source is refused with the ones that there are', () => {
  expect(findSource([web, pack], 'pack')).toBe(pack);
  expect(() => findSource([web, pack], 'https://x')).toThrow(
    expect.objectContaining({ code: 'invalid-source', field: 'source', message: expect.stringContaining('web, pack') }),
  );
});

test.each([[[]], [[{ ...web, id: 'With Space' }]], [[{ ...web, extra: 1 }]], [[{ ...web, stac: '' }]], [{}]])(
  'a list that is %j is refused',
  (list) => expect(sourcesSchema.safeParse(list).success).toBe(false),
);
