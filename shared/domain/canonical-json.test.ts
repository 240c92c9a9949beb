import { expect, test } from 'vitest';
import { canonicalJson } from './canonical-json.ts';

test('keys are sorted at every depth, lists keep their order', () => {
  const value = { b: [3, { z: 1, a: null }, 'x'], a: { y: true, x: -1.5e-7 }, Z: '' };
  expect(canonicalJson(value)).toBe('{"Z":"","a":{"x":-1.5e-7,"y":true},"b":[3,{"a":null,"z":1},"x"]}');
});

test('equal values give equal text, however they were built', () => {
  expect(canonicalJson({ a: 1, b: 2 })).toBe(canonicalJson(Object.fromEntries([['b', 2], ['a', 1]]))); // prettier-ignore
  expect(canonicalJson({ a: 1, gone: undefined })).toBe('{"a":1}');
});

test('different values give different text', () => {
  const values = [{}, [], null, '', 0, false, { a: [1, 2] }, { a: [2, 1] }, { a: '1' }, { a: 1 }, { '"a': 1 }, 'null'];
  expect(new Set(values.map(canonicalJson)).size).toBe(values.length);
});

test('texts are written as JSON writes them', () => {
  const value = { 'ké"y': 'line\nbreak \\ "quoted"' };
  expect(canonicalJson(value)).toBe('{"ké\\"y":"line\\nbreak \\\\ \\"quoted\\""}');
  expect(JSON.parse(canonicalJson(value))).toEqual(value);
});

test('a value that JSON has no form for is an error, not a gap', () => {
  for (const value of [undefined, [undefined], NaN, [1, Infinity], () => 1, { at: Symbol('x') }])
    expect(() => canonicalJson(value)).toThrow(/has no JSON form/);
});
