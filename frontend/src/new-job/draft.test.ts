import { describe, expect, test } from 'vitest';
import {
  afterSending,
  areaOf,
  emptyDraft,
  inputsOf,
  keyOf,
  readDraft,
  withArea,
  writeDraft,
  type Draft,
} from './draft.ts';

function storageWith(value?: string) {
  const items = new Map<string, string>(value === undefined ? [] : [['geocrop.draft', value]]);
  return {
    getItem: (key: string) => items.get(key) ?? null,
    setItem: (key: string, text: string) => void items.set(key, text),
    removeItem: (key: string) => void items.delete(key),
  };
}
const typed: Draft = {
  ...emptyDraft,
  lon: '31,05',
  lat: '-17.8',
  season: 'southern-summer',
  year: '20',
  sent: { key: 'k', body: 'b' },
};

describe('a draft', () => {
  test('comes back as it was typed, half a number included', () => {
    const storage = storageWith();
    writeDraft(storage, typed);
    expect(readDraft(storage)).toEqual(typed);
  });

  test.each([
    'null',
    '[]',
    '{"kind":',
    '{"lon":7,"shape":"x","sent":{"key":5},"acceptOutsideModel":"yes","shapeName":{},"kind":"cube"}',
  ])('that cannot be read (%s) is an empty one', (text) => {
    expect(readDraft(storageWith(text))).toEqual(emptyDraft);
  });

  test('is not lost with a full storage', () => {
    const full = {
      ...storageWith(),
      setItem: () => {
        throw new Error('QuotaExceededError');
      },
    };
    expect(() => writeDraft(full, typed)).not.toThrow();
  });

  test('leaves the choices for the next job, and no area or key', () => {
    expect(afterSending(typed)).toEqual({ ...emptyDraft, season: 'southern-summer', year: '20' });
  });
});

describe('the key of a request', () => {
  test('is the same for the same request, and another for another', () => {
    expect(keyOf(typed, 'b', () => 'new')).toBe('k');
    expect(keyOf(typed, 'c', () => 'new')).toBe('new');
    expect(keyOf(emptyDraft, 'b', () => 'new')).toBe('new');
  });
});

describe('an area', () => {
  test('is what the numbers say, with a comma as well', () => {
    expect(areaOf(typed)).toEqual({ lon: 31.05, lat: -17.8, radius_m: 1000 });
    expect(areaOf({ ...typed, lat: '' })).toBeNull();
    expect(areaOf({ ...typed, lat: '17°' })).toBeNull();
  });

  test('that was drawn fills the fields', () => {
    const draft = withArea(emptyDraft, { lon: 31.05123456789, lat: -17.8, radius_m: 999.6 });
    expect(draft).toMatchObject({ kind: 'circle', lon: '31.051235', lat: '-17.8', radius: '1000' });
  });

  test('a polygon keeps the name of its file until it is taken away', () => {
    const shape = {
      type: 'Polygon' as const,
      coordinates: [
        [
          [0, 0],
          [0, 1],
          [1, 1],
          [0, 0],
        ],
      ],
    };
    const draft = withArea(typed, shape, '<b>farm</b>.kml');
    expect(areaOf(draft)).toBe(shape);
    expect(draft.shapeName).toBe('<b>farm</b>.kml');
    expect(areaOf(withArea(draft, null))).toBeNull();
  });
});

test('there are no inputs before all is chosen', () => {
  expect(inputsOf(typed)).toBeNull();
  expect(inputsOf({ ...typed, year: '2020', model: 'm', source: 's' })).toEqual({
    aoi: { lon: 31.05, lat: -17.8, radius_m: 1000 },
    year: 2020,
    season: 'southern-summer',
    model: 'm',
    source: 's',
    acceptOutsideModel: false,
  });
});
