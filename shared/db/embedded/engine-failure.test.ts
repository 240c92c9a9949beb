import { expect, test } from 'vitest';
import { failureOf } from './engine-failure.ts';

test.each([
  [51, 'no space left on device', 'ENOSPC'],
  [29, 'i/o error', 'EIO'],
  [69, 'read-only file system', 'EROFS'],
])('what the file system refuses with number %i is told in words', (errno, failure, code) => {
  expect(failureOf({ name: 'ErrnoError', errno })).toEqual({ failure, code });
});

test('an exit, a C++ exception, an Error: each says what it can, and no object is told as a text', () => {
  expect(failureOf(new Error('memory access out of bounds'))).toEqual({ failure: 'memory access out of bounds' });
  expect(failureOf({ name: 'ExitStatus', status: 1 })).toEqual({
    failure: 'exception {"name":"ExitStatus","status":1}',
  });
  expect(failureOf(5_246_024)).toEqual({ failure: 'exception 5246024' });
  expect(failureOf(undefined)).toEqual({ failure: 'exception undefined' });
});

/** An ErrorResponse as PostgreSQL writes it (Message Formats): type, length, fields that end with zero bytes. */
function errorResponse(severity: string, code: string, text: string): Buffer {
  const body = Buffer.from(`S${severity}\0V${severity}\0C${code}\0M${text}\0\0`);
  const head = Buffer.from('E\0\0\0\0');
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}

test('what the database said last before it gave up is the reason; an ordinary error before it is not', () => {
  const aborted = new Error('Aborted(). Build with -sASSERTIONS for more info.');
  const panic = errorResponse('PANIC', '53100', 'could not write to file "x": No space left on device');
  const ordinary = errorResponse('ERROR', '22012', 'division by zero');
  expect(failureOf(aborted, Buffer.concat([ordinary, panic]))).toEqual({
    failure: 'could not write to file "x": No space left on device',
    code: 'ENOSPC',
  });
  expect(failureOf(aborted, ordinary)).toEqual({ failure: aborted.message });
  // An answer that breaks off in the middle of a message.
  expect(failureOf(aborted, panic.subarray(0, 3))).toEqual({ failure: aborted.message });
  expect(failureOf(aborted, Buffer.from('E\0\0\0\0'))).toEqual({ failure: aborted.message });
});
