import { expect, test } from 'vitest';
import type { Report } from '#shared/domain/report.ts';
import { completenessOf } from './completeness.ts';

const scene = (datetime: string, validPixels: number, cloudCover: number | null = null) => ({
  id: datetime,
  datetime,
  cloudCover,
  validPixels,
  offset: '',
});
const reportOf = (used: ReturnType<typeof scene>[]) =>
  ({
    request: { season: 'northern-summer', year: 2019 },
    pixels: { total: 1000, valid: 1000, nodata: 0 },
    scenes: { used, skipped: [{ id: 'x', reason: 'band B04 is missing' }] },
  }) as unknown as Report;

test('each third of a month has the best of its scenes, and one that showed nothing is not seen', () => {
  const { dekads, seenDekads, skipped, meanCloud } = completenessOf(
    reportOf([
      scene('2019-03-01T10:00:00Z', 250, 40),
      scene('2019-03-09T10:00:00Z', 500, 20),
      scene('2019-03-21T10:00:00Z', 0),
      scene('2019-11-30T10:00:00Z', 1200),
    ]),
  );
  expect(dekads.length).toBe(27);
  expect([dekads[0], dekads[1], dekads[2], dekads[26]]).toEqual([0.5, null, 0, 1]);
  expect(seenDekads).toBe(2);
  expect(skipped.length).toBe(1);
  expect(meanCloud).toBe(30);
});
