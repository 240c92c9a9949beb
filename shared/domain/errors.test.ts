import { describe, expect, test } from 'vitest';
import { GeoCropError, type ErrorCode, type ErrorKind } from './errors.ts';

describe('who can mend it follows from the code', () => {
  const codes: Record<ErrorKind, ErrorCode[]> = {
    usage: ['usage'],
    refused: [
      'invalid-aoi',
      'invalid-season',
      'invalid-source',
      'invalid-table',
      'unknown-model',
      'unknown-collection',
      'outside-grid',
      'outside-model',
      'no-scenes',
      'too-few-clear-dates',
      'missing-band',
      'output-exists',
    ],
    failed: ['damaged-model', 'broken-scene', 'source-unavailable', 'disk-full', 'worker-died', 'setup-missing'],
    interrupted: ['interrupted'],
  };
  test.each(Object.entries(codes))('%s', (kind, list) => {
    for (const code of list) expect(new GeoCropError(code, 'x').kind, code).toBe(kind);
  });
});

test('an error carries its sentence, its field and its cause', () => {
  const cause = new Error('socket hang up');
  const error = new GeoCropError('source-unavailable', 'the catalog does not answer', { field: 'stac', cause });
  expect(error).toBeInstanceOf(Error);
  expect(`${error}`).toBe('GeoCropError: the catalog does not answer');
  expect([error.field, error.cause, error.code]).toEqual(['stac', cause, 'source-unavailable']);
  expect(new GeoCropError('usage', 'x').field).toBeUndefined();
});
