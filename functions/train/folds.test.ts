import { expect, test } from 'vitest';
import { cellName, foldOf } from './folds.ts';

test('names a cell by the row and column of its position', () => {
  expect(cellName(42.08471, -82.64524, 0.25)).toBe('168,-331');
  expect(cellName(48.3929, 11.64288, 0.25)).toBe('193,46');
  expect(cellName(-0.1, 0, 1)).toBe('-1,0');
});

// `printf %s 168,-331 | sha256sum` begins with 2c (44, modulo five 4), that of 193,46 with 1c (28), of 43,0 with c8 (200).
test('the fold is the first byte of the hash of the name, modulo five', () => {
  expect(foldOf('168,-331')).toBe(4);
  expect(foldOf('193,46')).toBe(3);
  expect(foldOf('43,0')).toBe(0);
});
