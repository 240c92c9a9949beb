import { expect, test } from 'vitest';
import type { ProcessDescription } from '../api/types.ts';
import { lastWholeYear, withDefaults } from './defaults.ts';
import { emptyDraft } from './draft.ts';

const process = {
  models: [
    { name: 'temperate', season: 'northern-summer' },
    { name: 'zim', season: 'southern-summer' },
  ],
  seasons: [
    { name: 'southern-summer', startMonth: 9, months: 9 },
    { name: 'northern-summer', startMonth: 3, months: 9 },
  ],
  sources: [{ id: 'demo' }],
} as unknown as ProcessDescription;
const today = new Date('2026-02-10T00:00:00Z');

test.each([
  [9, '2026-05-31', 2024],
  [9, '2026-06-01', 2025],
  [3, '2026-11-30', 2025],
  [3, '2026-12-01', 2026],
  [9, '2026-12-31', 2025],
])('the last whole season that begins in month %i, seen on %s, is that of %i', (month, day, year) => {
  expect(lastWholeYear(month, 9, new Date(`${day}T12:00:00Z`))).toBe(year);
});

test('an empty draft gets the first model, its season and its last year', () => {
  expect(withDefaults(emptyDraft, process, today)).toMatchObject({
    model: 'temperate',
    season: 'northern-summer',
    source: 'demo',
    year: '2025',
  });
});

test('what was chosen stays, what is gone is replaced', () => {
  const draft = { ...emptyDraft, season: 'southern-summer', model: 'gone', source: 'gone', year: '20' };
  expect(withDefaults(draft, process, today)).toMatchObject({
    model: 'zim',
    season: 'southern-summer',
    source: 'demo',
    year: '20',
  });
});
