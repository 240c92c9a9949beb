import { describe, expect, test } from 'vitest';
import { ByteSink } from './byte-sink.ts';

const written = (write: (sink: ByteSink) => void) => {
  const sink = new ByteSink();
  write(sink);
  return [...sink.bytes()];
};

// The examples of the DWARF debugging information format (version 4, 7.6), from which WebAssembly took the encoding.
describe('LEB128', () => {
  test.each([
    [2, [0x02]],
    [127, [0x7f]],
    [128, [0x80, 0x01]],
    [129, [0x81, 0x01]],
    [12857, [0xb9, 0x64]],
    [2 ** 32 - 1, [0xff, 0xff, 0xff, 0xff, 0x0f]],
  ])('unsigned %i', (value, bytes) => expect(written((sink) => sink.unsigned(value))).toEqual(bytes));
  test.each([
    [2, [0x02]],
    [-2, [0x7e]],
    [127, [0xff, 0x00]],
    [-127, [0x81, 0x7f]],
    [128, [0x80, 0x01]],
    [-128, [0x80, 0x7f]],
    [129, [0x81, 0x01]],
    [-129, [0xff, 0x7e]],
    [-(2 ** 31), [0x80, 0x80, 0x80, 0x80, 0x78]],
  ])('signed %i', (value, bytes) => expect(written((sink) => sink.signed(value))).toEqual(bytes));
});

test('grows, and keeps what it has', () => {
  const bytes = written((sink) => {
    for (let i = 0; i < 5000; i++) sink.byte(i & 0xff);
    sink.append(new Uint8Array(9000).fill(7));
  });
  expect(bytes).toEqual([...Array.from({ length: 5000 }, (_, i) => i & 0xff), ...new Array<number>(9000).fill(7)]);
});
