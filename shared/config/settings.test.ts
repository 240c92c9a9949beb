import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readSettings } from './settings.ts';

const root = '/srv/geocrop';

test('an empty environment gives the defaults', () => {
  expect(readSettings(root, {})).toEqual({
    home: resolve('.geocrop'),
    modelFolders: [resolve('.geocrop/models'), '/srv/geocrop/samples/models'],
    limits: { maxRadiusM: 25_000, maxAreaKm2: 2500 },
    s3: { region: 'af-south-1', endpoint: undefined },
    http: { timeoutMs: 30_000, tries: 5 },
  });
});

test('every setting can be set', () => {
  const settings = readSettings(root, {
    GEOCROP_HOME: '/var/lib/geocrop',
    GEOCROP_MAX_RADIUS_M: '60000',
    GEOCROP_MAX_AREA_KM2: '12.5',
    GEOCROP_S3_REGION: 'eu-central-1',
    GEOCROP_S3_ENDPOINT: 'http://127.0.0.1:9000',
    GEOCROP_HTTP_TIMEOUT_S: '2.5',
    GEOCROP_HTTP_TRIES: '2',
    PATH: '/usr/bin',
  });
  expect(settings).toEqual({
    home: '/var/lib/geocrop',
    modelFolders: ['/var/lib/geocrop/models', '/srv/geocrop/samples/models'],
    limits: { maxRadiusM: 60_000, maxAreaKm2: 12.5 },
    s3: { region: 'eu-central-1', endpoint: 'http://127.0.0.1:9000' },
    http: { timeoutMs: 2500, tries: 2 },
  });
});

test.each([
  'GEOCROP_HOME',
  'GEOCROP_MAX_RADIUS_M',
  'GEOCROP_MAX_AREA_KM2',
  'GEOCROP_S3_REGION',
  'GEOCROP_S3_ENDPOINT',
  'GEOCROP_HTTP_TIMEOUT_S',
  'GEOCROP_HTTP_TRIES',
])('%s that is empty or blank is not set', (name) => {
  for (const value of ['', '  ']) expect(readSettings(root, { [name]: value })).toEqual(readSettings(root, {}));
});

describe('a value that cannot be used is refused by the name of its variable', () => {
  test.each([
    ['GEOCROP_MAX_RADIUS_M', '25 km'],
    ['GEOCROP_MAX_RADIUS_M', '0'],
    ['GEOCROP_MAX_RADIUS_M', 'Infinity'],
    ['GEOCROP_MAX_AREA_KM2', '-1'],
    ['GEOCROP_MAX_AREA_KM2', 'NaN'],
    ['GEOCROP_S3_ENDPOINT', '127.0.0.1:9000'],
    ['GEOCROP_S3_ENDPOINT', 'ftp://127.0.0.1'],
    ['GEOCROP_HTTP_TIMEOUT_S', '0'],
    ['GEOCROP_HTTP_TRIES', '1.5'],
    ['GEOCROP_HTTP_TRIES', '0'],
  ])('%s=%j', (name, value) => {
    expect(() => readSettings(root, { [name]: value })).toThrow(
      expect.objectContaining({
        code: 'usage',
        message: expect.stringContaining(`environment variable ${name} cannot be used`),
      }),
    );
  });
});
