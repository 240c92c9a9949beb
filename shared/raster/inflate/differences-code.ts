import { BranchingCode, type Local } from './branching-code.ts';

/**
 * Undoes horizontal differencing (TIFF predictor 2) of `p1` rows of `p2` bytes from address `p0` on, in place: a row's
 * samples become their sums from its start, modulo their size. `p2` is a multiple of 16; one sample a pixel.
 *
 * Sixteen bytes at a time: the sums within a vector come by adding it to itself, moved by one sample, then two, then
 * four; the last sum is added to all of the next vector.
 */
export function differencesCode(sampleBytes: 1 | 2): BranchingCode {
  const code = new BranchingCode(3);
  const [at, rows, rowBytes] = [0, 1, 2];
  const rowEnd = code.local('i32');
  const [zero, last, sums] = Array.from({ length: 3 }, () => code.local('v128'));
  code.loop((nextRow) => {
    code.get(zero).set(last);
    code.get(at).get(rowBytes).do('i32.add').set(rowEnd);
    code.loop((next) => {
      code.get(at).at('v128.load').set(sums);
      sumVector(code, sampleBytes, { zero, last, sums });
      code.get(at).get(sums).at('v128.store');
      code.get(at).i32(16).do('i32.add').tee(at).get(rowEnd).do('i32.lt_u').jumpIf(next);
    });
    code.get(rows).i32(1).do('i32.sub').tee(rows).jumpIf(nextRow);
  });
  return code;
}

function sumVector(
  code: BranchingCode,
  sampleBytes: 1 | 2,
  { zero, last, sums }: Record<'zero' | 'last' | 'sums', Local>,
): void {
  const add = sampleBytes === 1 ? 'i8x16.add' : 'i16x8.add';
  const moved = (by: number) => Array.from({ length: 16 }, (_, i) => (i < by ? 16 : i - by));
  for (let by: number = sampleBytes; by < 16; by *= 2)
    code.get(sums).get(sums).get(zero).shuffle(moved(by)).do(add).set(sums);
  code.get(sums).get(last).do(add).tee(sums);
  code
    .get(sums)
    .shuffle(Array.from({ length: 16 }, (_, i) => 16 - sampleBytes + (i % sampleBytes)))
    .set(last);
}
