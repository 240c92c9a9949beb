import { describe, expect, test } from 'vitest';
import { nextRun, parseCron } from './cron.ts';

const next = (schedule: string, after: string) => {
  const at = nextRun(parseCron(schedule), Date.parse(after));
  return at === null ? null : new Date(at).toISOString();
};

// The points that the crontab manual (POSIX, and Vixie's for steps and names) gives these schedules, by a calendar.
describe('the next point of a schedule', () => {
  test.each([
    ['* * * * *', '2026-01-01T00:00:00Z', '2026-01-01T00:01:00.000Z'],
    ['* * * * *', '2026-01-01T00:00:59.999Z', '2026-01-01T00:01:00.000Z'],
    ['*/15 * * * *', '2026-01-01T10:46:00Z', '2026-01-01T11:00:00.000Z'],
    ['5/20 * * * *', '2026-01-01T10:06:00Z', '2026-01-01T10:25:00.000Z'],
    ['0 22 * * 1-5', '2026-11-20T22:00:00Z', '2026-11-23T22:00:00.000Z'],
    ['30 4 1,15 * 5', '2026-11-02T00:00:00Z', '2026-11-06T04:30:00.000Z'],
    ['30 4 1,15 * 5', '2026-11-14T00:00:00Z', '2026-11-15T04:30:00.000Z'],
    ['0 0 * * 7', '2026-11-21T12:00:00Z', '2026-11-22T00:00:00.000Z'],
    ['0 0 1 jan *', '2026-01-01T00:00:00Z', '2027-01-01T00:00:00.000Z'],
    ['59 23 31 12 *', '2026-11-21T12:00:00Z', '2026-12-31T23:59:00.000Z'],
    ['0 12 29 2 *', '2026-03-01T00:00:00Z', '2028-02-29T12:00:00.000Z'],
    ['0 9 * * mon,Wed', '2026-11-21T12:00:00Z', '2026-11-23T09:00:00.000Z'],
    ['0 0-23/6 * * *', '2026-11-21T12:01:00Z', '2026-11-21T18:00:00.000Z'],
  ])('%s after %s is %s', (schedule, after, expected) => expect(next(schedule, after)).toBe(expected));

  test('a date that never comes', () => expect(next('0 0 30 2 *', '2026-01-01T00:00:00Z')).toBeNull());
});

test.each(['', '* * * *', '* * * * * *', '60 * * * *', '* 24 * * *', '* * 0 * *', '* * * 13 *', '* * * * 8'])(
  'refuses %j',
  (text) => expect(() => parseCron(text)).toThrow(/schedule/),
);

test.each(['5-1 * * * *', '*/0 * * * *', 'x * * * *', '@hourly', '1,,2 * * * *', '-1 * * * *', '1-x * * * *'])(
  'refuses %j',
  (text) => expect(() => parseCron(text)).toThrow(/schedule/),
);
