import { deflateSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { decodeTile, encodeTile, type TileData, type TileForm } from './tile-encode.ts';
import { predict } from './tile-encode-predictor.ts';

const pixels = 512 * 512;
const byte: TileForm = { dtype: 'uint8', predictor: 2, nodata: 0 };
const word: TileForm = { dtype: 'uint16', predictor: 2, nodata: 0 };
const float: TileForm = { dtype: 'float32', predictor: 3, nodata: NaN };
const bytesOf = (data: TileData) => Buffer.from(data.buffer, data.byteOffset, data.byteLength);

describe('predictors, by hand from the TIFF specification', () => {
  test('2 on bytes starts anew in each row and wraps', () => {
    expect([...predict(Uint8Array.of(10, 13, 5, 200, 255, 1), 2, 3)]).toEqual([10, 3, 248, 200, 55, 2]);
  });
  test('2 on words', () => {
    expect([...predict(Uint16Array.of(1000, 1258, 2), 2, 3)]).toEqual([0xe8, 0x03, 0x02, 0x01, 0x18, 0xfb]);
  });
  test('3 puts the high bytes first and differences the whole row', () => {
    // 1 = 3f800000, -2 = c0000000: planes 3f c0 | 80 00 | 00 00 | 00 00
    expect([...predict(Float32Array.of(1, -2), 3, 2)]).toEqual([0x3f, 0x81, 0xc0, 0x80, 0, 0, 0, 0]);
  });
});

describe('tiles survive a round trip', () => {
  test.each<[string, TileData, TileForm]>([
    ['bytes', Uint8Array.from({ length: pixels }, (_, i) => (i * i) >> 7), byte],
    ['words', Uint16Array.from({ length: pixels }, (_, i) => i * 41), word],
    ['floats', Float32Array.from({ length: pixels }, (_, i) => (i % 11 ? Math.sin(i) * 1e5 : NaN)), float],
    ['small bytes', Uint8Array.from({ length: 128 * 128 }, (_, i) => (i * i) >> 5), { ...byte, side: 128 }],
    ['small floats', Float32Array.from({ length: 256 * 256 }, (_, i) => Math.cos(i)), { ...float, side: 256 }],
    ['floats without predictor', Float32Array.from({ length: pixels }, (_, i) => i / 3), { ...float, predictor: 1 }],
  ])('%s', async (_, data, form) => {
    const before = Buffer.from(bytesOf(data));
    const back = await decodeTile(await encodeTile(data, form), form);
    expect(bytesOf(data).equals(before)).toBe(true);
    expect(bytesOf(back).equals(before)).toBe(true);
  });
});

describe('nodata', () => {
  test.each([
    [byte, 0],
    [{ ...byte, nodata: 255 }, 255],
    [float, NaN],
  ])('an all-nodata tile is empty: %o', async (form, value) => {
    const data = form.dtype === 'uint8' ? new Uint8Array(pixels) : new Float32Array(pixels);
    expect(await encodeTile(data.fill(value), form)).toHaveLength(0);
    expect((await decodeTile(new Uint8Array(0), form)).every((pixel) => Object.is(pixel, value))).toBe(true);
    data[pixels - 1] = 7;
    expect((await encodeTile(data, form)).length).toBeGreaterThan(0);
  });

  test('any NaN gives the same bytes', async () => {
    const one = new Float32Array(pixels).fill(3);
    const other = one.slice();
    new Uint32Array(one.buffer)[5] = 0xffc00001;
    new Uint32Array(other.buffer)[5] = 0x7fc00000;
    expect(await encodeTile(one, float)).toEqual(await encodeTile(other, float));
  });
});

describe('what is not a tile', () => {
  test('wrong length and wrong type are refused', async () => {
    await expect(encodeTile(new Uint8Array(100), byte)).rejects.toThrow(/100 in Uint8Array/);
    await expect(encodeTile(new Uint8Array(pixels), float)).rejects.toThrow(/float32/);
    await expect(encodeTile(new Uint8Array(pixels), { ...byte, side: 256 })).rejects.toThrow(/65536 samples/);
    const small = await encodeTile(new Uint8Array(256 * 256).fill(3), { ...byte, side: 256 });
    await expect(decodeTile(small, byte)).rejects.toThrow(/damaged/);
    await expect(decodeTile(small, { ...byte, side: 128 })).rejects.toThrow(/damaged/);
  });
  test.each([
    ['noise', Uint8Array.of(1, 2, 3, 4)],
    ['too few bytes', deflateSync(Buffer.alloc(pixels - 1))],
    ['a bomb', deflateSync(Buffer.alloc(pixels * 40))],
    ['cut short', deflateSync(Buffer.alloc(pixels, 'abcdefg')).subarray(0, 100)],
  ])('%s is damaged', async (_, bytes) => {
    await expect(decodeTile(bytes, byte)).rejects.toThrow(/damaged/);
  });
});
