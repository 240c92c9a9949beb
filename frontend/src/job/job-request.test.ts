import { expect, test } from 'vitest';
import { lookBox, middleOf, shownRequest } from './job-request.ts';

test('a kept circle is shown as the API takes it', () => {
  const request = {
    aoi: { type: 'circle', lon: 4.063, lat: 50.746, radiusM: 300 },
    season: 's',
    year: 2019,
    model: 'm',
  };
  expect(shownRequest(request)).toEqual({
    area: { lon: 4.063, lat: 50.746, radius_m: 300 },
    season: 's',
    year: 2019,
    model: 'm',
  });
});

test.each([null, 7, {}, { aoi: { type: 'circle', lon: '4' } }, { aoi: { type: 'polygons' }, year: '2019' }])(
  'of %j nothing is made up',
  (request) => {
    expect(shownRequest(request)).toEqual({ area: null, season: '', year: null, model: '' });
  },
);

test('a circle of 1 km has a box of about 2 km', () => {
  const [west, south, east, north] = lookBox({ lon: 10, lat: 60, radius_m: 1000 });
  expect((north - south) * 111.32).toBeCloseTo(2, 6);
  // A degree of longitude at 60 degrees is half as long.
  expect((east - west) * 55.66).toBeCloseTo(2, 2);
});

test('the middle of polygons is that of the box round all of them', () => {
  const area = {
    type: 'MultiPolygon' as const,
    coordinates: [
      [
        [
          [0, 0],
          [1, 0],
          [1, 1],
          [0, 0],
        ],
      ],
      [
        [
          [4, -2],
          [6, -2],
          [6, 0],
          [4, -2],
        ],
      ],
    ],
  };
  expect(lookBox(area)).toEqual([0, -2, 6, 1]);
  expect(middleOf(area)).toEqual({ lon: 3, lat: -0.5 });
});
