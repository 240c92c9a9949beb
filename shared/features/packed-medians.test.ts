import { beforeAll, describe, expect, test } from 'vitest';
import { openKernel, type Kernel } from './kernel/kernel.ts';
import { blockPixels, dekadMedians, groupMedians, groupPixels, layout, medianAt } from './kernel/layout.ts';
import { packedBytes } from './kernel/packing.ts';
import { PackedMedians } from './packed-medians.ts';

const bands = 6;
const dekads = 27;

/** A small generator: 0 <= x < limit. */
function dice(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => Math.floor(((state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32) * limit);
}

/** The median of a pixel in a band. */
type Medians = (pixel: number, band: number) => number;

const placeOf = (source: number, pixel: number, band: number) =>
  (source + Math.floor(pixel / groupPixels) * groupMedians) / 2 + band * groupPixels + (pixel % groupPixels);

function write({ numbers }: Kernel, source: number, count: number, medians: Medians): void {
  for (let pixel = 0; pixel < count; pixel++)
    for (let band = 0; band < bands; band++) numbers[placeOf(source, pixel, band)] = medians(pixel, band);
}

function read({ numbers }: Kernel, source: number, count: number): number[] {
  const out: number[] = [];
  for (let pixel = 0; pixel < count; pixel++)
    for (let band = 0; band < bands; band++) out.push(numbers[placeOf(source, pixel, band)]);
  return out;
}

/** What is kept of a dekad, and how many bytes it takes by the band. */
function kept(count: number, medians: Medians): { before: unknown; after: unknown; bytes: number[] } {
  const kernel = openKernel();
  const source = medianAt(5);
  // What was there before must not tell.
  kernel.numbers.fill(0xabcd, source / 2, (source + dekadMedians) / 2);
  write(kernel, source, count, medians);
  const before = read(kernel, source, count);
  const packed = new PackedMedians(1, kernel);
  packed.keep(0, 5, source, count);
  kernel.bytes.fill(0xff, source, source + dekadMedians - 192);
  packed.restore(0, 5, source);
  const after = read(kernel, source, count);
  const bytes = Array.from({ length: bands }, (_, band) =>
    packedBytes(kernel.packing.pack(source + 16 * band, layout.packed)),
  );
  return { before, after, bytes };
}

const whole = 2 * blockPixels;

describe('what is packed comes back', () => {
  const next = dice(1);
  test.each(Array.from({ length: 17 }, (_, width) => width))('numbers of %d bits', (width) => {
    const most = 2 ** width - 1;
    const base = next(65_536 - most);
    // A third was not seen; of the span both ends are there.
    const seen = (pixel: number) => base + (pixel < 3 ? [0, 1, most][pixel] : 1 + next(most));
    const { before, after } = kept(blockPixels, (pixel) => (pixel % 3 === 0 || width === 0 ? 0 : seen(pixel)));
    expect(after).toEqual(before);
  });

  test.each([1, 7, 8, 9, 127, 128, 1025, 2047])('the first %d pixels of a block', (count) => {
    const { before, after } = kept(count, () => 2 * next(4000));
    expect(after).toEqual(before);
  });

  test('bands of different kinds', () => {
    const pairs = Array.from({ length: blockPixels / 2 }, () => next(3000));
    const kinds: Medians[] = [
      () => 0,
      () => 65_535,
      (pixel) => pairs[pixel >> 1],
      (pixel) => 2 * pairs[pixel >> 1],
      () => next(65_536),
      (pixel) => (pixel === 1000 ? 7 : 0),
    ];
    const { before, after } = kept(blockPixels, (pixel, band) => kinds[band](pixel, band));
    expect(after).toEqual(before);
  });
});

describe('takes no more than it needs', () => {
  const next = dice(2);
  const bytesOf = (medians: (pixel: number) => number) => kept(blockPixels, medians).bytes[0];

  test('nothing where nothing was seen', () => {
    expect(bytesOf(() => 0)).toBe(0);
  });

  test('the bits of the span, wherever it lies, with room for what was not seen', () => {
    expect(bytesOf((pixel) => 5000 + (pixel < 2 ? pixel * 1022 : next(1023)))).toBe((whole * 10) / 16);
    expect(bytesOf((pixel) => (pixel % 5 === 4 ? 0 : 5000 + (pixel < 2 ? pixel * 1022 : next(1023))))).toBe(
      (whole * 10) / 16,
    );
    expect(bytesOf((pixel) => 1 + next(2) + (pixel % 2))).toBe((whole * 2) / 16);
  });

  test('a bit less where all are even', () => {
    expect(bytesOf((pixel) => 5000 + 2 * (pixel < 2 ? pixel * 1022 : next(1023)))).toBe((whole * 10) / 16);
  });

  test('half where two neighbours are one', () => {
    const of = Array.from({ length: blockPixels }, (_, i) => (i < 2 ? i * 1022 : next(1023)));
    expect(bytesOf((pixel) => 301 + of[pixel >> 1])).toBe((whole / 2) * (10 / 16));
  });

  test('as much as before where they span everything', () => {
    expect(bytesOf((pixel) => (pixel < 2 ? 1 + pixel * 65_534 : next(65_536)))).toBe(whole);
  });
});

describe('blocks and dekads', () => {
  const counts = [...Array<number>(8).fill(blockPixels), 700];
  const [kernel, next, source] = [openKernel(), dice(3), medianAt(0)];
  const packed = new PackedMedians(counts.length, kernel);
  const kept: number[][][] = [];

  beforeAll(() => {
    for (let dekad = 0; dekad < dekads; dekad++)
      kept.push(
        counts.map((count, block) => {
          write(kernel, source, count, () => next(2 ** (1 + ((dekad + block) % 16))));
          packed.keep(block, dekad, source, count);
          return read(kernel, source, count);
        }),
      );
  });

  const check = (block: number) => {
    for (let dekad = 0; dekad < dekads; dekad++) {
      packed.restore(block, dekad, source);
      expect(read(kernel, source, counts[block])).toEqual(kept[dekad][block]);
    }
  };

  test('do not mix', () => {
    for (const block of [8, 2, 0, 7]) check(block);
  });

  test('are given back from the first on, the others stay', () => {
    packed.free(7);
    expect(() => packed.restore(3, 5, source)).toThrow('the medians of block 3 have been given back');
    check(4);
    check(8);
    packed.free(9);
    expect(() => packed.restore(8, 5, source)).toThrow('the medians of block 8 have been given back');
  });
});
