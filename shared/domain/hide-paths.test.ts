import { expect, test } from 'vitest';
import { hidePaths } from './hide-paths.ts';

test.each([
  [
    "ENOENT: no such file or directory, open '/srv/geocrop/home/objects/a.tif'",
    "ENOENT: no such file or directory, open 'a.tif'",
  ],
  ['/srv/a.json is not JSON', 'a.json is not JSON'],
  [
    'the disk that holds /srv/geocrop/home is full; free some space',
    'the disk that holds home is full; free some space',
  ],
  ['two: /a/b/c and (/d/e)', 'two: c and (e)'],
])('%s', (text, told) => {
  expect(hidePaths(text)).toBe(told);
});

test.each([
  'https://data.example.org/a/b/c.tif answered 404',
  's3://bucket/a/b.tif is not there',
  'S2A_31UES/B04.tif cannot be read: it is truncated',
  'an asset at .../B04.tif',
  'image/tiff; or 1/2, at /',
])('leaves alone: %s', (text) => {
  expect(hidePaths(text)).toBe(text);
});
