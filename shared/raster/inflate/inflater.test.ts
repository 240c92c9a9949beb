import { constants, deflateRawSync, deflateSync, inflateRawSync, inflateSync } from 'node:zlib';
import { beforeAll, describe, expect, test } from 'vitest';
import { Inflater, type InflateJob, type InflateResult } from './inflater.ts';
import { maxOutput, slotPlaces } from './memory-layout.ts';

/** Numbers from 0 to 1 that are the same in every run. */
function randoms(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    return (state >>> 8) / 2 ** 24;
  };
}

const bytesOf = (length: number, at: (i: number) => number) => Uint8Array.from({ length }, (_, i) => at(i));
const noise = randoms(1);
const kinds: Record<string, Uint8Array> = {
  empty: new Uint8Array(0),
  'a byte': Uint8Array.of(7),
  zeros: new Uint8Array(100_000),
  noise: bytesOf(70_000, () => 256 * noise()),
  'few values': bytesOf(90_000, () => 3 * noise()),
  'skewed values': bytesOf(120_000, () => 256 * noise() ** 6),
  'differences of 16 bits': bytesOf(200_000, (i) => (i % 2 === 0 ? 256 * noise() : noise() < 0.5 ? 0 : 255)),
  'short periods': bytesOf(60_000, (i) => (i % (1 + (Math.floor(i / 1500) % 40))) * 5 + Math.floor(i / 9000)),
  'long distances': bytesOf(120_000, (i) => (i % 32_000 < 600 ? (i % 32_000) * 7 : 256 * noise())),
};

let inflater: Inflater;
let memory: Uint8Array;
beforeAll(() => {
  inflater = new Inflater();
  memory = new Uint8Array(inflater.memory);
});

const outputOf = ({ slot, length }: InflateResult) =>
  Buffer.from(memory.slice(slotPlaces[slot].output, slotPlaces[slot].output + length));

function put(slot: number, stream: Uint8Array, maxLength: number, wanted = maxLength): InflateJob {
  memory.set(stream, slotPlaces[slot].input);
  return { slot, length: stream.length, maxLength, wanted, differences: null };
}

/** The results of two streams that are decoded at a time. */
function decodePair(first: InflateJob, second: InflateJob): InflateResult[] {
  inflater.start(first);
  inflater.start(second);
  const results: InflateResult[] = [];
  while (!inflater.isIdle) {
    const result = inflater.step();
    if (result) results[result.slot === first.slot ? 0 : 1] = result;
  }
  return results;
}

function decode(stream: Uint8Array, maxLength: number, wanted = maxLength): InflateResult {
  inflater.start(put(0, stream, maxLength, wanted));
  for (;;) {
    const result = inflater.step();
    if (result) return result;
  }
}

const { Z_DEFAULT_STRATEGY, Z_FILTERED, Z_HUFFMAN_ONLY, Z_RLE, Z_FIXED } = constants;
const settings = [
  ...Array.from({ length: 10 }, (_, level) => ({ level })),
  ...[Z_DEFAULT_STRATEGY, Z_FILTERED, Z_HUFFMAN_ONLY, Z_RLE, Z_FIXED].map((strategy) => ({ strategy })),
  ...[9, 11, 15].map((windowBits) => ({ windowBits })),
  ...[1, 9].map((memLevel) => ({ memLevel })),
];

describe.each(Object.entries(kinds))('%s', (_, bytes) => {
  test.each(settings)('compressed by zlib with %o', (options) => {
    const stream = deflateSync(bytes, options);
    const result = decode(stream, bytes.length);
    expect(result.failure).toBeNull();
    expect(outputOf(result).equals(bytes)).toBe(true);
  });

  test('its first bytes', () => {
    const stream = deflateSync(bytes);
    for (const wanted of [1, 2, 300, 65_537].filter((each) => each < bytes.length)) {
      const result = decode(stream, bytes.length, wanted);
      expect(result).toMatchObject({ failure: null, length: wanted });
      expect(outputOf(result).equals(bytes.subarray(0, wanted))).toBe(true);
    }
  });
});

test('two streams at a time, each with each', () => {
  const all = Object.values(kinds);
  const streams = all.map((bytes, i) => deflateSync(bytes, { level: 1 + (i % 9) }));
  for (let i = 0; i < all.length; i++)
    for (let j = 0; j < all.length; j++) {
      const results = decodePair(put(1, streams[i], all[i].length), put(2, streams[j], all[j].length));
      expect(results.map(({ failure }) => failure)).toEqual([null, null]);
      expect(outputOf(results[0]).equals(all[i]) && outputOf(results[1]).equals(all[j])).toBe(true);
    }
});

test('a stream that shares the decoder with a damaged one', () => {
  const [good, bad] = [kinds.noise, deflateSync(kinds['skewed values']).subarray(0, 30_000)];
  const results = decodePair(put(0, deflateSync(good), good.length), put(1, bad, 120_000));
  expect(results[1].failure).toContain('truncated');
  expect(outputOf(results[0]).equals(good)).toBe(true);
});

test('the largest block', () => {
  const bytes = new Uint8Array(maxOutput);
  const stream = deflateSync(bytes, { level: 9 });
  const result = decode(stream, maxOutput);
  expect(result).toMatchObject({ failure: null, length: maxOutput });
  expect(outputOf(result).equals(bytes)).toBe(true);
});

describe('what it refuses', () => {
  const bytes = kinds['differences of 16 bits'];
  const stream = deflateSync(bytes);

  test('more than there should be', () => {
    for (const length of [0, 1, 1000, bytes.length - 1])
      expect(decode(stream, length).failure).toBe(`it holds more than ${length} bytes`);
    expect(decode(deflateSync(new Uint8Array(maxOutput)), 100_000).failure).toBe('it holds more than 100000 bytes');
    expect(decode(deflateSync(bytes, { level: 0 }), 1000).failure).toBe('it holds more than 1000 bytes');
  });

  test('a stream that ends early', () => {
    for (let end = 0; end < stream.length; end += end < 300 ? 1 : 997)
      expect(decode(stream.subarray(0, end), bytes.length).failure, `${end}`).toContain('truncated');
    expect(decode(stream.subarray(0, -1), bytes.length).failure).toContain('truncated');
  });

  test('a checksum that is wrong', () => {
    const wrong = Uint8Array.from(stream);
    wrong[wrong.length - 1] ^= 1;
    expect(decode(wrong, bytes.length).failure).toBe('its checksum is wrong');
  });

  test.each([
    ['no zlib stream', [0x1f, 0x8b, 8, 0], 'it is no zlib stream'],
    ['a preset dictionary', [0x78, 0xbb, 0, 0, 0, 1], 'it is no zlib stream'],
    ['an unknown kind of block', [0x78, 0x9c, 0x07], 'it holds a block of an unknown kind'],
    ['a stored block of no valid length', [0x78, 0x9c, 1, 5, 0, 5, 0, 0], 'a stored block has no valid length'],
    ['bytes before the beginning', [0x78, 0x9c, 0x63, 0x00, 0x42, 0, 0, 0], 'it refers to bytes before its beginning'],
  ])('%s', (_, stream, failure) => {
    expect(() => inflateSync(Uint8Array.from(stream))).toThrow();
    expect(decode(Uint8Array.from(stream), 1000).failure).toBe(failure);
  });
});

/** Adler-32 as RFC 1950 describes it. */
function adler(bytes: Uint8Array): number[] {
  let [first, second] = [1, 0];
  for (const byte of bytes) {
    first = (first + byte) % 65_521;
    second = (second + first) % 65_521;
  }
  return [second >> 8, second & 255, first >> 8, first & 255];
}

/** What zlib makes of deflate data without header and checksum, and the bytes that it used; null if it refuses. */
function judge(raw: Uint8Array, maxLength: number): { bytes: Buffer; used: number } | null {
  try {
    const { buffer, engine } = inflateRawSync(raw, { maxOutputLength: maxLength, info: true }) as unknown as {
      buffer: Buffer;
      engine: { bytesWritten: number };
    };
    return { bytes: buffer, used: engine.bytesWritten };
  } catch {
    return null;
  }
}

/** Damaged deflate data, in a stream whose checksum fits it as long as it can be decoded. */
function mutants(count: number, maxLength: number) {
  const random = randoms(7);
  const originals = Object.values(kinds).flatMap((bytes) => [
    deflateRawSync(bytes.subarray(0, 5000)),
    deflateRawSync(bytes.subarray(0, 3000), { strategy: Z_FIXED }),
    deflateRawSync(bytes.subarray(0, 3000), { level: 0 }),
  ]);
  return Array.from({ length: count }, () => {
    const raw = Uint8Array.from(originals[Math.floor(originals.length * random())]);
    for (let i = 0; i <= 2 * random(); i++)
      raw[Math.floor((random() < 0.3 ? Math.min(80, raw.length) : raw.length) * random())] ^= 1 << (8 * random());
    const theirs = judge(raw, maxLength);
    const payload = theirs ? raw.subarray(0, theirs.used) : raw;
    return { theirs, stream: Uint8Array.from([0x78, 0x9c, ...payload, ...adler(theirs?.bytes ?? raw)]) };
  });
}

test('whatever zlib refuses it refuses, and what it gives is what zlib gives', () => {
  const all = mutants(3000, 6000);
  for (let i = 0; i < all.length; i += 2) {
    const results = decodePair(put(0, all[i].stream, 6000), put(1, all[i + 1].stream, 6000));
    for (const [lane, result] of results.entries()) {
      const { theirs } = all[i + lane];
      expect(result.failure === null, `mutant ${i + lane}: ${result.failure}`).toBe(theirs !== null);
      if (theirs) expect(outputOf(result).equals(theirs.bytes)).toBe(true);
    }
  }
  const refused = all.filter(({ theirs }) => theirs === null).length;
  expect(Math.min(refused, all.length - refused)).toBeGreaterThan(500);
});
