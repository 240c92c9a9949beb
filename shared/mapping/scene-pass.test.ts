import { describe, expect, test } from 'vitest';
import type { Band } from '#shared/domain/bands.ts';
import { allPixels } from '#shared/features/pixel-runs.ts';
import { readObservation } from '#shared/testing/read-observation.ts';
import type { TaskAsset, TaskScene } from './chunk-task.ts';
import { readPass, type ReadAsset } from './read-observation.ts';

const bands = ['B03', 'B04', 'B05', 'B07', 'B08', 'B11'] as const;
const window = { epsg: 32631, originX: 0, originY: 0, pixelSize: 10, width: 6, height: 1 };
const positions = Int32Array.of(0, 1, 2, 3, 5);

/** A scene whose bands all hold the same numbers, but for those that are given; its files are its planes. */
function scene(id: string, offset: number, planes: Partial<Record<Band, ArrayLike<number>>>): TaskScene {
  const asset = (band: Band): TaskAsset => ({
    href: JSON.stringify(Array.from(planes[band] ?? planes.B03!)),
    ...{ scale: 0.0001, offset, shape: null, identity: '' },
  });
  return {
    id,
    datetime: '2019-06-01T10:00:00Z',
    assets: Object.fromEntries(([...bands, 'SCL'] as const).map((band) => [band, asset(band)])),
  };
}

const reader =
  (form: { from(values: number[]): ArrayLike<number> }, asked: string[] = []): ReadAsset =>
  async ({ href }) => {
    asked.push(href);
    return form.from(JSON.parse(href) as number[]);
  };

const first = scene('a', 0, { B03: [500, 600, 0, 800, 900, 1000], B08: [1, 0, 3, 4, 5, 6], SCL: [4, 4, 4, 9, 4, 8] });
const second = scene('b', -0.1, { B03: [900, 1500, 1600, 500, 1800, 700], SCL: [4, 5, 4, 4, 4, 7] });

describe.each([
  ['uint16', Uint16Array],
  ['int32', Int32Array],
])('two scenes of a pass as %s', (_name, form) => {
  test('the first that is valid at a pixel is taken, and counted there', async () => {
    const { counts } = await readPass([first, second], window, allPixels(6), reader(form));
    // The second fills pixels 1, 2, 3 and 5; 500 and 700 less 1000 are below -0.02.
    expect(counts).toEqual([
      { id: 'a', valid: 2, negative: 0 },
      { id: 'b', valid: 4, negative: 2 },
    ]);
  });

  test('only the wanted pixels count', async () => {
    const { bands: seen, counts } = await readObservation([first, second], window, positions, reader(form));
    expect(counts.map(({ valid }) => valid)).toEqual([1, 4]);
    const expected = [0.05, 0.05, 0.06, -0.05, -0.03];
    seen[0].forEach((value, i) => expect(value).toBeCloseTo(expected[i], 6));
    expect(seen[4][0]).toBeCloseTo(0.0001, 7);
  });
});

test('bands of a scene that its classes hide are not read', async () => {
  const asked: string[] = [];
  const hidden = scene('c', 0, { B03: [1, 2, 3, 4, 5, 6], SCL: [0, 1, 3, 8, 4, 11] });
  const { passes, counts } = await readPass([hidden], window, allPixels(6), reader(Uint16Array, asked));
  expect(passes.length).toBe(1);
  const wanted = await readObservation([hidden], window, positions, reader(Uint16Array, ((asked.length = 0), asked)));
  expect([counts[0].valid, wanted.counts[0].valid, asked.length]).toEqual([1, 0, 1]);
});

test('classes that are no bytes hide nothing', async () => {
  const odd = scene('d', 0, { B03: [1, 2, 3, 4, 5, 6], SCL: [256, -1, 1000, 4, 265, 0] });
  const { counts } = await readPass([odd], window, allPixels(6), reader(Int32Array));
  expect(counts[0].valid).toBe(5);
});
